"""A benchmark problem as the bench sends it: one JSON object, numbers as base64 of little-endian f32."""
import base64
from dataclasses import dataclass

import numpy as np


def array(text, *shape):
    return np.frombuffer(base64.b64decode(text), dtype="<f4").reshape(shape).copy()


@dataclass
class Problem:
    """`weights`: W and b by layer name, W as outputs x inputs."""

    name: str
    task: str
    kind: str
    optimizer: str
    iterations: int
    times: np.ndarray
    tolerance: float | None
    dt: float | None
    first_step: float | None
    weights: dict
    inputs: np.ndarray
    targets: dict

    @classmethod
    def of(cls, message):
        flat = array(message["initial"], -1)
        weights, at = {}, 0
        for layer in message["layers"]:
            name, inputs, outputs = layer["name"], layer["inputs"], layer["outputs"]
            weights["W" + name] = flat[at : at + inputs * outputs].reshape(outputs, inputs).copy()
            at += inputs * outputs
            weights["b" + name] = flat[at : at + outputs].copy()
            at += outputs
        rows, times = message["rows"], np.asarray(message["times"])
        targets = {name: array(text, -1) for name, text in message["targets"].items()}
        return cls(
            name=message["name"],
            task=message["task"],
            kind=message["kind"],
            optimizer=message["optimizer"],
            iterations=message["iterations"],
            times=times,
            tolerance=message["tolerance"],
            dt=message["dt"],
            first_step=message["firstStep"],
            weights=weights,
            inputs=array(message["inputs"], rows, -1),
            targets=targets,
        )
