"""torchdiffeq and torchsde on the benchmark problems.

ODEs: dopri5 (Shampine's error row, I controller), differentiated directly through the solver's operations or by
`odeint_adjoint`. SDEs: torchsde's SRK, adaptive by step doubling.
"""
import platform
import time

import torch
import torchdiffeq
import torchsde

SEED = 20211105


class Fields(torch.nn.Module):
    """The field of a task, its drift and diffusion, with the problem's weights; counts its calls."""

    noise_type = "diagonal"
    sde_type = "ito"

    def __init__(self, task, weights):
        super().__init__()
        self.task = task
        self.start = {name: torch.tensor(value) for name, value in weights.items()}
        for name, value in self.start.items():
            self.register_parameter(name, torch.nn.Parameter(value.clone()))
        self.drift_calls = 0
        self.diffusion_calls = 0

    def reset(self):
        with torch.no_grad():
            for name, value in self.start.items():
                getattr(self, name).copy_(value)
                getattr(self, name).grad = None

    def dense(self, name, x, t=None):
        weight, bias = getattr(self, "W" + name), getattr(self, "b" + name)
        if t is None:
            return torch.nn.functional.linear(x, weight, bias)
        return torch.nn.functional.linear(x, weight[:, :-1], bias + t * weight[:, -1])

    def forward(self, t, y):
        self.drift_calls += 1
        match self.task:
            case "spiral-node" | "spiral-sde":
                return self.dense("2", torch.tanh(self.dense("1", y**3)))
            case "mnist-node":
                return torch.tanh(self.dense("2", torch.tanh(self.dense("1", y, t)), t))
            case "latent-ode":
                for layer in range(1, 9):
                    y = torch.tanh(self.dense(str(layer), y))
                return y
            case "mnist-nsde":
                return self.dense("2", torch.tanh(self.dense("1", y)))
        raise ValueError(self.task)

    f = forward

    def g(self, t, y):
        self.diffusion_calls += 1
        return self.dense("g", y)


class TorchPeer:
    def __init__(self, threads):
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)

    def versions(self):
        return {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchdiffeq": torchdiffeq.__version__,
            "torchsde": torchsde.__version__,
        }

    def setting(self):
        return "dopri5" if self.problem.kind == "ode" else "srk"

    def prepare(self, problem, variant):
        self.open(problem, variant)
        self.repeat()

    def open(self, problem, variant):
        self.problem = problem
        self.variant = variant
        self.fields = Fields(problem.task, problem.weights)
        self.inputs = torch.tensor(problem.inputs)
        start = problem.times if len(problem.times) > 1 else [0.0, *problem.times]
        self.times = torch.tensor(start, dtype=torch.float32)
        self.targets = {name: torch.tensor(value) for name, value in problem.targets.items()}
        if "labels" in self.targets:
            self.targets["labels"] = self.targets["labels"].long()

    def repeat(self):
        """Fresh weights and optimiser; seconds of all iterations and the loss of the last."""
        self.fields.reset()
        optimizer = self.optimizer()
        began = time.perf_counter()
        for iteration in range(1, self.problem.iterations + 1):
            optimizer.zero_grad()
            loss = self.loss(iteration)
            loss.backward()
            optimizer.step()
        seconds = time.perf_counter() - began
        return seconds, loss.item()

    def figures(self):
        self.fields.reset()
        fields = self.fields
        fields.drift_calls = fields.diffusion_calls = 0
        loss = self.loss(1)
        nfe, diffusion_nfe = fields.drift_calls, fields.diffusion_calls
        loss.backward()
        # Beside two calls for the first step, six an attempt; beside one check, ten a step, three steps an attempt that adapts.
        if self.problem.kind == "ode":
            attempts = (nfe - 2) // 6
        else:
            attempts = (nfe - 1) // (10 if self.problem.dt else 30)
        return {
            "nfe": nfe,
            "diffusionNfe": diffusion_nfe,
            "backwardNfe": fields.drift_calls - nfe + fields.diffusion_calls - diffusion_nfe,
            "attempts": attempts,
        }

    def moments(self, rows):
        self.fields.reset()
        with torch.no_grad():
            y0 = self.encode()[:1].expand(rows, -1).contiguous()
            y = self.solve_sde(y0, torch.tensor([0.0, 1.0]), 0)[-1].double()
            centred = y - y.mean(0)
            return {
                "mean": y.mean(0).tolist(),
                "variance": y.var(0).tolist(),
                "fourth": (centred**4).mean(0).tolist(),
            }

    def optimizer(self):
        if self.problem.optimizer == "adam":
            return torch.optim.Adam(self.fields.parameters(), lr=0.01, fused=True)
        return torch.optim.SGD(self.fields.parameters(), lr=0.1, momentum=0.9, fused=True)

    def encode(self):
        return self.fields.dense("0", self.inputs) if "W0" in self.problem.weights else self.inputs

    def loss(self, iteration):
        y0 = self.encode()
        path = self.solve_ode(y0) if self.problem.kind == "ode" else self.solve_sde(y0, self.times, iteration)
        targets = self.targets
        match self.problem.task:
            case "mnist-node" | "mnist-nsde":
                return torch.nn.functional.cross_entropy(self.fields.dense("3", path[-1]), targets["labels"])
            case "spiral-sde":
                mean, variance = targets["mean"].view(-1, 2), targets["variance"].view(-1, 2)
                return ((path.mean(1) - mean) ** 2).mean() + ((path.var(1) - variance) ** 2).mean()
        return ((path - targets["values"].view_as(path)) ** 2).mean()

    def solve_ode(self, y0):
        odeint = torchdiffeq.odeint_adjoint if self.variant == "adjoint" else torchdiffeq.odeint
        tolerance = self.problem.tolerance
        return odeint(self.fields, y0, self.times, method="dopri5", rtol=tolerance, atol=tolerance)

    def solve_sde(self, y0, times, iteration):
        adaptive = self.problem.dt is None
        noise = torchsde.BrownianInterval(
            0.0, 1.0, size=tuple(y0.shape), dtype=y0.dtype, entropy=SEED + iteration, levy_area_approximation="space-time"
        )
        return torchsde.sdeint(
            self.fields,
            y0,
            times,
            bm=noise,
            method="srk",
            dt=self.problem.first_step if adaptive else self.problem.dt,
            adaptive=adaptive,
            rtol=self.problem.tolerance if adaptive else 1e-5,
            atol=self.problem.tolerance if adaptive else 1e-4,
        )
