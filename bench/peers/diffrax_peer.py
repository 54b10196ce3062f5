"""diffrax on the benchmark problems, each training iteration compiled into one program.

ODEs: Tsit5, I controller. SDEs: SPaRK with its embedded error (PI .1/.3), on a VirtualBrownianTree with space-time area.
SPaRK is Stratonovich: the drift gets -1/2 g_i W_ii. Both differentiated by RecursiveCheckpointAdjoint.
"""
import platform
import time

import diffrax
import equinox
import jax
import jax.numpy as jnp
import lineax
import optax

SEED = 20211105


def dense(weights, name, x, t=None):
    weight, bias = weights["W" + name], weights["b" + name]
    if t is None:
        return x @ weight.T + bias
    return x @ weight[:, :-1].T + (bias + t * weight[:, -1])


def field(task, weights, t, y):
    match task:
        case "spiral-node" | "spiral-sde":
            return dense(weights, "2", jnp.tanh(dense(weights, "1", y**3)))
        case "mnist-node":
            return jnp.tanh(dense(weights, "2", jnp.tanh(dense(weights, "1", y, t)), t))
        case "latent-ode":
            for layer in range(1, 9):
                y = jnp.tanh(dense(weights, str(layer), y))
            return y
        case "mnist-nsde":
            return dense(weights, "2", jnp.tanh(dense(weights, "1", y)))
    raise ValueError(task)


class DiffraxPeer:
    def versions(self):
        names = {"jax": jax, "diffrax": diffrax, "equinox": equinox, "optax": optax}
        return {"python": platform.python_version(), **{name: module.__version__ for name, module in names.items()}}

    def setting(self):
        return "Tsit5" if self.problem.kind == "ode" else "SPaRK"

    def prepare(self, problem, variant):
        self.open(problem)
        self.repeat()

    def open(self, problem):
        self.problem = problem
        self.weights = {name: jnp.asarray(value) for name, value in problem.weights.items()}
        self.inputs = jnp.asarray(problem.inputs)
        self.targets = {name: jnp.asarray(value) for name, value in problem.targets.items()}
        adam = problem.optimizer == "adam"
        self.optimizer = optax.adam(0.01) if adam else optax.sgd(0.1, momentum=0.9)
        self.iterate = jax.jit(self.iteration)

    def repeat(self):
        """Fresh weights and optimiser; seconds of all iterations and the loss of the last."""
        weights, state = self.weights, self.optimizer.init(self.weights)
        keys = list(jax.random.split(jax.random.PRNGKey(SEED), self.problem.iterations))
        jax.block_until_ready((keys, state))
        began = time.perf_counter()
        for key in keys:
            weights, state, loss = self.iterate(weights, state, key)
        jax.block_until_ready((weights, state, loss))
        seconds = time.perf_counter() - began
        return seconds, float(loss)

    def figures(self):
        calls = {"drift": 0, "diffusion": 0}

        def count(name):
            jax.debug.callback(lambda: calls.__setitem__(name, calls[name] + 1))

        solution = jax.jit(lambda: self.solve(self.weights, self.inputs, jax.random.PRNGKey(SEED), count))()
        jax.block_until_ready(solution.ys)
        jax.effects_barrier()
        return {
            "nfe": calls["drift"],
            # Asked for twice with the same arguments each time, for W and for its area: the compiler merges the two.
            "diffusionNfe": calls["diffusion"] // 2,
            # Checkpointing repeats some steps; the library does not say how many.
            "backwardNfe": None,
            "attempts": int(solution.stats["num_steps"]),
        }

    def moments(self, rows):
        inputs = jnp.broadcast_to(self.inputs[:1], (rows, self.inputs.shape[1]))
        key = jax.random.PRNGKey(SEED + 1)
        solution = jax.jit(lambda inputs: self.solve(self.weights, inputs, key))(inputs)
        y = jnp.asarray(solution.ys[-1], dtype=jnp.float32).reshape(rows, -1)
        centred = y - y.mean(0)
        return {
            "mean": y.mean(0).tolist(),
            "variance": y.var(0, ddof=1).tolist(),
            "fourth": (centred**4).mean(0).tolist(),
        }

    def iteration(self, weights, state, key):
        loss, gradient = jax.value_and_grad(self.loss)(weights, key)
        updates, state = self.optimizer.update(gradient, state, weights)
        return optax.apply_updates(weights, updates), state, loss

    def loss(self, weights, key):
        path, targets = self.solve(weights, self.inputs, key).ys, self.targets
        path = path.reshape(len(path), len(self.inputs), -1)
        match self.problem.task:
            case "mnist-node" | "mnist-nsde":
                logits = dense(weights, "3", path[-1])
                labels = targets["labels"].astype(jnp.int32)
                return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
            case "spiral-sde":
                mean, variance = targets["mean"].reshape(-1, 2), targets["variance"].reshape(-1, 2)
                return ((path.mean(1) - mean) ** 2).mean() + ((path.var(1, ddof=1) - variance) ** 2).mean()
        return ((path - targets["values"].reshape(path.shape)) ** 2).mean()

    def solve(self, weights, inputs, key, count=lambda name: None, tolerance=None):
        """`count` is told of each call of a field, where the counts are asked for; no tolerance: the problem's."""
        problem = self.problem
        y0 = dense(weights, "0", inputs) if "W0" in weights else inputs
        times = problem.times
        saveat = diffrax.SaveAt(ts=jnp.asarray(times, dtype=jnp.float32)) if len(times) > 1 else diffrax.SaveAt(t1=True)
        t1 = float(times[-1])
        adjoint = diffrax.RecursiveCheckpointAdjoint()
        tolerance = problem.tolerance if tolerance is None else tolerance
        if problem.kind == "ode":

            def ode(t, y, args):
                count("drift")
                return field(problem.task, args, t, y)

            controller = diffrax.PIDController(rtol=tolerance, atol=tolerance)
            return diffrax.diffeqsolve(
                diffrax.ODETerm(ode),
                diffrax.Tsit5(),
                0.0,
                t1,
                None,
                y0,
                args=weights,
                saveat=saveat,
                stepsize_controller=controller,
                adjoint=adjoint,
            )

        shape = y0.shape

        def drift(t, y, args):
            count("drift")
            y = y.reshape(shape)
            correction = 0.5 * dense(args, "g", y) * jnp.diagonal(args["Wg"])
            return (field(problem.task, args, t, y) - correction).reshape(-1)

        def diffusion(t, y, args):
            count("diffusion")
            return lineax.DiagonalLinearOperator(dense(args, "g", y.reshape(shape)).reshape(-1))

        adaptive = problem.dt is None
        noise = diffrax.VirtualBrownianTree(
            0.0,
            t1,
            tol=2**-10 if adaptive else problem.dt / 2,
            shape=(y0.size,),
            key=key,
            levy_area=diffrax.SpaceTimeLevyArea,
        )
        controller = (
            diffrax.PIDController(rtol=tolerance, atol=tolerance, pcoeff=0.1, icoeff=0.3)
            if adaptive
            else diffrax.ConstantStepSize()
        )
        return diffrax.diffeqsolve(
            diffrax.MultiTerm(diffrax.ODETerm(drift), diffrax.ControlTerm(diffusion, noise)),
            diffrax.SPaRK(),
            0.0,
            t1,
            problem.first_step if adaptive else problem.dt,
            y0.reshape(-1),
            args=weights,
            saveat=saveat,
            stepsize_controller=controller,
            adjoint=adjoint,
        )
