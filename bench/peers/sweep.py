"""One worker of the 16-trial sweep by Optuna: `python sweep.py torch|diffrax`, one thread.

Requests, one JSON object a line, each answered by one: {"do": "load", …} takes the problem and the grid, {"do": "create"}
makes the study (one worker), {"do": "run"} runs trials until the grid is used up. The weight multiplies the sum of
squared parameters, a stand-in of next to no cost for the regulariser that these libraries lack.
"""
import json
import os
import sys
from dataclasses import replace

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

import optuna

from problem import Problem

optuna.logging.set_verbosity(optuna.logging.ERROR)

if sys.argv[1] == "torch":
    import torch
    from torch_peer import TorchPeer

    def trainer(problem, iterations):
        peer = TorchPeer(1)
        peer.open(problem, "direct")

        def train(weight, tolerance):
            peer.problem = replace(problem, tolerance=tolerance)
            fields = peer.fields
            fields.reset()
            fields.drift_calls = 0
            optimizer = peer.optimizer()
            for _ in range(iterations):
                optimizer.zero_grad()
                loss = peer.loss(0)
                penalty = sum((parameter**2).sum() for parameter in fields.parameters())
                (loss + weight * penalty).backward()
                optimizer.step()
            return loss.item(), fields.drift_calls / iterations

        return train

else:
    import jax
    import jax.numpy as jnp
    import optax
    from diffrax_peer import DiffraxPeer

    def trainer(problem, iterations):
        peer = DiffraxPeer()
        peer.open(problem)

        def loss_of(weights, weight, tolerance):
            solution = peer.solve(weights, peer.inputs, None, tolerance=tolerance)
            values = peer.targets["values"].reshape(solution.ys.shape)
            loss = ((solution.ys - values) ** 2).mean()
            penalty = sum((value**2).sum() for value in weights.values())
            return loss + weight * penalty, (loss, solution.stats["num_steps"])

        # Weight and tolerance are arguments of the program: a worker compiles once.
        @jax.jit
        def iterate(weights, state, weight, tolerance):
            (_, figures), gradient = jax.value_and_grad(loss_of, has_aux=True)(weights, weight, tolerance)
            updates, state = peer.optimizer.update(gradient, state, weights)
            return optax.apply_updates(weights, updates), state, figures

        def train(weight, tolerance):
            weights, state, steps = peer.weights, peer.optimizer.init(peer.weights), []
            for _ in range(iterations):
                weights, state, (loss, attempts) = iterate(weights, state, jnp.float32(weight), jnp.float32(tolerance))
                steps.append(attempts)
            return float(loss), 1 + 6 * sum(int(attempts) for attempts in steps) / iterations

        return train


def main():
    trials = []
    for line in sys.stdin:
        request = json.loads(line)
        result = {}
        if request["do"] == "load":
            train = trainer(Problem.of(request["problem"]), request["iterations"])
            storage = request["storage"]
            space = {"weight": request["weights"], "tolerance": request["tolerances"]}
        elif request["do"] == "create":
            optuna.create_study(study_name="bench", storage=storage)
        else:

            def objective(trial):
                weight = trial.suggest_float("weight", 0, 1)
                tolerance = trial.suggest_float("tolerance", 0, 1)
                loss, nfe = train(weight, tolerance)
                trials.append({"weight": weight, "tolerance": tolerance, "nfe": nfe})
                trial.set_user_attr("nfe", nfe)
                return loss

            sampler = optuna.samplers.GridSampler(space, seed=0)
            optuna.load_study(study_name="bench", storage=storage, sampler=sampler).optimize(objective)
            result = {"trials": trials}
        answers.write(json.dumps(result) + "\n")
        answers.flush()


main()
