"""The same training in two processes that the script starts itself, each watching its own loop."""

import json
import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

sys.path.insert(0, str(Path(__file__).parent))
import ddp

from glasswork.doctor import watch


def worker(rank, port, fault, watched, folder):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    if watched:
        with watch() as checkup:
            ddp.train(fault, epochs=2)
        told = checkup.json() | {"processes": checkup.vitals.processes}
        (Path(folder) / f"{rank}.json").write_text(json.dumps(told), "utf-8")
    else:
        ddp.train(fault, epochs=2)
    dist.destroy_process_group()


if __name__ == "__main__":
    port, fault, watched, folder = sys.argv[1:]
    mp.spawn(worker, (int(port), fault, watched == "yes", folder), nprocs=2)
