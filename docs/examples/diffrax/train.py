"""A neural ODE on a noisy spiral with diffrax, and what `sweep` needs of it: arguments in, JSON lines out.

The kinetic energy of its flow is integrated along and weighed into the loss (Finlay et al. 2020, "How to train your
neural ODE"): the larger its weight, the fewer evaluations a solve takes.
"""

import argparse
import json
import time

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import optax

parser = argparse.ArgumentParser()
parser.add_argument("--rtol", type=float, default=1e-4)
parser.add_argument("--kinetic_weight", type=float, default=0.0)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--iterations", type=int, default=40, help="of each epoch")
args = parser.parse_args()


def tell(line):
    print(json.dumps(line), flush=True)


def spiral(key, count, times):
    """Trajectories of y' = A y³ from random points."""
    matrix = jnp.array([[-0.1, 2.0], [-2.0, -0.1]])
    term = diffrax.ODETerm(lambda t, y, _: matrix @ y**3)
    solve = lambda y0: diffrax.diffeqsolve(
        term, diffrax.Tsit5(), 0.0, times[-1], None, y0,
        saveat=diffrax.SaveAt(ts=times), stepsize_controller=diffrax.PIDController(1e-7, 1e-9), max_steps=4096,
    ).ys
    return jax.vmap(solve)(jax.random.uniform(key, (count, 2), minval=-1.5, maxval=1.5))


def field(t, state, net):
    y, _ = state
    slope = net(y**3)
    return slope, jnp.sum(slope**2)


def predict(net, y0, times):
    """@returns trajectory, mean kinetic energy, evaluations of the field"""
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(field), diffrax.Tsit5(), 0.0, times[-1], None, (y0, jnp.zeros(())), args=net,
        saveat=diffrax.SaveAt(ts=times), stepsize_controller=diffrax.PIDController(args.rtol, args.rtol), max_steps=512,
    )
    trajectory, energy = solution.ys
    # Six stages a step; the seventh is the next step's first.
    return trajectory, energy[-1] / times[-1], 1 + 6 * solution.stats["num_steps"]


def measure(net, batch, times):
    trajectories, energy, nfe = jax.vmap(lambda y0: predict(net, y0, times))(batch[:, 0])
    return jnp.mean((trajectories - batch) ** 2), jnp.mean(energy), jnp.mean(nfe)


@eqx.filter_value_and_grad(has_aux=True)
def objective(net, batch, times):
    loss, energy, nfe = measure(net, batch, times)
    return loss + args.kinetic_weight * energy, (loss, nfe)


times = jnp.linspace(0.0, 1.5, 16)
data_key, test_key, net_key, batch_key = jax.random.split(jax.random.PRNGKey(args.seed), 4)
train, test = spiral(data_key, 128, times), spiral(test_key, 64, times)
net = eqx.nn.MLP(2, 2, 32, 1, jnp.tanh, key=net_key)
optimiser = optax.adam(1e-2)
state = optimiser.init(eqx.filter(net, eqx.is_array))


@eqx.filter_jit
def step(net, state, key):
    rows = jax.random.choice(key, train.shape[0], (32,), replace=False)
    (_, (loss, nfe)), gradient = objective(net, train[rows], times)
    updates, state = optimiser.update(gradient, state)
    return eqx.apply_updates(net, updates), state, loss, nfe


evaluate = eqx.filter_jit(measure)
weights = sum(leaf.size for leaf in jax.tree_util.tree_leaves(eqx.filter(net, eqx.is_array)))
tell({"environment": {"jax": jax.__version__, "diffrax": diffrax.__version__, "dtype": "f32",
                      "device": str(jax.devices()[0]), "parameters": weights}})

for epoch in range(1, args.epochs + 1):
    start = time.perf_counter()
    for key in jax.random.split(jax.random.fold_in(batch_key, epoch), args.iterations):
        net, state, train_loss, train_nfe = step(net, state, key)
    train_loss.block_until_ready()
    seconds = time.perf_counter() - start
    loss, energy, nfe = (float(figure) for figure in evaluate(net, test, times))
    tell({"epoch": epoch, "epochs": args.epochs, "loss": loss, "nfe": nfe, "kinetic_energy": energy,
          "train_loss": float(train_loss), "train_nfe": float(train_nfe), "train_seconds": seconds})

start = time.perf_counter()
evaluate(net, test, times)[0].block_until_ready()
tell({"result": {"predict_seconds": time.perf_counter() - start}})
