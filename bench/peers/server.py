"""One peer as a process that the bench drives: a JSON object a line in, one out.

Usage: `python server.py torch|diffrax THREADS`. Requests, in this order:
  {"do": "prepare", "problem": …, "variant": …}   compile, warm up; answers versions
  {"do": "repeat"}                                 seconds of all iterations, loss of the last
  {"do": "figures"}                                counts of one iteration and peak memory
  {"do": "moments", "rows": n}                     mean and variance of each component at the end over n paths (SDE)
Answers {"error": …} where something fails. What libraries print goes to stderr.
"""
import json
import os
import resource
import sys
import traceback

from problem import Problem

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def load(library, threads):
    if library == "torch":
        import torch_peer

        return torch_peer.TorchPeer(threads)
    if threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    os.environ["JAX_PLATFORMS"] = "cpu"
    import diffrax_peer

    return diffrax_peer.DiffraxPeer()


def answer(peer, request):
    match request["do"]:
        case "prepare":
            peer.prepare(Problem.of(request["problem"]), request["variant"])
            return {"versions": peer.versions(), "setting": peer.setting()}
        case "repeat":
            seconds, loss = peer.repeat()
            return {"seconds": seconds, "loss": loss}
        case "figures":
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            return {**peer.figures(), "peakMegabytes": peak}
        case "moments":
            return peer.moments(request["rows"])
    raise ValueError(f"unknown request {request['do']}")


def main():
    peer = load(sys.argv[1], int(sys.argv[2]))
    for line in sys.stdin:
        try:
            result = answer(peer, json.loads(line))
        except Exception:
            result = {"error": traceback.format_exc()}
        answers.write(json.dumps(result) + "\n")
        answers.flush()


main()
