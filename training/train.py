"""One command trains the reader: `python -m training.train --data FOLDER`. See training/README.md."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from assistant.span_model import has_bfloat16
from index.errors import Cancelled
from index.model import prepare_model
from training.checkpoint import CHECKPOINT, Run, State
from training.clock import Clock, Every, Stop, deadline
from training.model import SpanReader, load_weights, save_weights, span_loss
from training.prepare import Batch, Mixed, batches, prepare
from training.reading import dev_scores, watched

HERE = Path(__file__).parent
SEED = 1
SAVE_SECONDS = 180.0
LOG_STEPS = 25
CLIP = 1.0


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and dev/")
    parser.add_argument("--mixture", type=Path, default=HERE / "mixture.toml")
    parser.add_argument("--run", type=Path, default=HERE / ".runs" / "reader", help="checkpoints and log")
    parser.add_argument("--prepared", type=Path, default=HERE / ".runs" / "data", help="token arrays")
    parser.add_argument(
        "--mined", type=Path, default=HERE / ".runs" / "mined", help="what training.mine wrote"
    )
    parser.add_argument("--start-from", type=Path, help="trained weights (.safetensors) to continue from")
    parser.add_argument(
        "--first-round", type=int, default=0, help="skip the rounds that those weights have seen"
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--examples", type=int, default=200_000, help="length of the run")
    length.add_argument("--until", default="", help="end at this time instead, HH:MM")
    length.add_argument("--minutes", type=float, default=0.0, help="end after this time instead")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1), help="threads on a CPU")
    parser.add_argument("--dev-minutes", type=float, default=20.0, help="time between dev scores; 0 for none")
    parser.add_argument(
        "--keep-minutes",
        type=float,
        default=0.0,
        help="time between checkpoints that are kept, to be averaged",
    )
    return parser.parse_args(arguments)


def forever(mixture: list[Mixed], state: State, size: int) -> Iterator[Batch]:
    """Batches from where `state` stands, without end; keeps `state.round` and `state.batch`."""
    while True:
        skip = state.batch
        for number, batch in enumerate(batches(mixture, state.round, size, SEED)):
            if number >= skip:
                state.batch = number + 1
                yield batch
        state.round, state.batch = state.round + 1, 0


def shard(batch: Batch, number: int, total: int) -> list[Tensor]:
    """Every `total`-th row, as tensors."""
    arrays = (batch.ids, batch.mask, batch.allowed, batch.starts, batch.ends)
    return [torch.from_numpy(a[number::total]) for a in arrays]


def gradients(model: SpanReader, tensors: list[Tensor], share: float) -> tuple[float, tuple[Tensor, ...]]:
    """This shard's share of the batch's loss, and its gradients."""
    device = model.head.weight.device
    ids, mask, allowed, starts, ends = (t.to(device) for t in tensors)
    loss = span_loss(model(ids, mask, allowed), starts, ends) * share
    return float(loss.detach()), torch.autograd.grad(loss, list(model.trained().values()))


def step(model: SpanReader, batch: Batch, optimiser: Any, pool: Executor, workers: int) -> float:
    """One update. On a CPU each worker takes a part: threads inside of operations cost far more."""
    total = min(workers, len(batch.ids))
    parts = [shard(batch, i, total) for i in range(total)]
    shares = [len(part[0]) / len(batch.ids) for part in parts]
    done = list(pool.map(gradients, [model] * total, parts, shares))
    for value, *grads in zip(model.trained().values(), *(grads for _, grads in done), strict=True):
        value.grad = torch.stack(grads).sum(0) if len(grads) > 1 else grads[0]
    torch.nn.utils.clip_grad_norm_(list(model.trained().values()), CLIP)
    optimiser.step()
    model.merge()
    return sum(loss for loss, _ in done)


def note(run: Path, entry: dict[str, Any]) -> None:
    """One line for people, one for the log."""
    with (run / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
    if "dev" in entry:
        rows = "; ".join(
            f"{name} " + " ".join(f"{k} {v:.1f}" for k, v in figures.items() if k != "records")
            for name, figures in entry["dev"].items()
        )
        print(f"dev after {entry['seen']} examples: {rows}", flush=True)
        return
    done = int(30 * entry["progress"])
    print(
        f"[{'#' * done}{'.' * (30 - done)}] {100 * entry['progress']:.1f}%  {entry['seen']} examples"
        f"  {entry['per_second']:.1f}/s  {entry['left'] / 60:.0f} min left  loss {entry['loss']:.3f}"
        f"  rate {entry['lr']:.2e}",
        flush=True,
    )


def train(chosen: argparse.Namespace) -> int:
    """Run to the end, or to a signal. Returns the exit status."""
    torch.manual_seed(SEED)
    on_gpu = torch.cuda.is_available()
    workers = 1 if on_gpu else chosen.workers
    torch.set_num_threads(1)
    folder = prepare_model()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    sets = watched(chosen.data)
    mixture = prepare(chosen.mixture, chosen.data, chosen.prepared, tokenizer, chosen.mined)
    chosen.run.mkdir(parents=True, exist_ok=True)
    dtype = torch.bfloat16 if on_gpu or has_bfloat16() else torch.float32
    model = SpanReader(folder, dtype=dtype).to("cuda" if on_gpu else "cpu")
    if chosen.start_from:
        load_weights(model, chosen.start_from)
    model.merge()
    optimiser = torch.optim.AdamW(model.trained().values(), lr=chosen.lr, weight_decay=0.01)
    state = State(round=chosen.first_round)
    clock = Clock(examples=chosen.examples, deadline=deadline(chosen.until, chosen.minutes))
    run = Run(chosen.run, model, optimiser, state, clock)
    if run.restore(CHECKPOINT):
        print(f"going on after {state.seen} examples", flush=True)
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        stop = Stop()

        def scored() -> bool:
            """Note the dev scores; False if a signal came before they were there."""
            try:
                scores = dev_scores(model, tokenizer, sets, pool, lambda: stop.asked)
            except Cancelled:
                return False
            note(chosen.run, {"seen": state.seen, "progress": clock.progress, "dev": scores})
            return True

        def update(batch: Batch) -> float:
            return step(model, batch, optimiser, pool, workers)

        finished = loop(run, chosen, forever(mixture, state, chosen.batch), update, stop, scored)
        run.save(CHECKPOINT)
        save_weights(model, chosen.run / "weights.safetensors")
        finished = finished and scored()
    print("finished" if finished else "stopped; the same command goes on", flush=True)
    return 0


def loop(
    run: Run,
    chosen: argparse.Namespace,
    drawn: Iterator[Batch],
    update: Callable[[Batch], float],
    stop: Stop,
    scored: Callable[[], bool],
) -> bool:
    """Update the model by each batch that is `drawn`, until the end of the run (True) or a signal (False)."""
    state, clock = run.state, run.clock
    save, keep, watch = Every(SAVE_SECONDS), Every(60 * chosen.keep_minutes), Every(60 * chosen.dev_minutes)
    marked, seen_then = time.monotonic(), state.seen
    clock.start()
    for batch in drawn:
        if clock.progress >= 1 or stop.asked:
            state.batch -= 1  # this one was not used
            break
        rate = chosen.lr * clock.rate
        for group in run.optimiser.param_groups:
            group["lr"] = rate
        loss = update(batch)
        if loss != loss:
            sys.exit("the loss is not a number: start again from the last checkpoint with a lower --lr")
        state.step += 1
        state.seen += len(batch.ids)
        state.loss += max(0.01, 1 / state.step) * (loss - state.loss)
        clock.advance(state.seen)
        if state.step % LOG_STEPS == 0:
            now = time.monotonic()
            speed = (state.seen - seen_then) / (now - marked)
            left = clock.seconds_left(state.seen, speed)
            entry = {"step": state.step, "seen": state.seen, "progress": clock.progress, "loss": state.loss}
            note(run.folder, entry | {"per_second": speed, "left": left, "lr": chosen.lr * clock.rate})
            marked, seen_then = now, state.seen
        if save.due():
            run.save(CHECKPOINT)
        if keep.due():
            run.save(f"{state.seen}.pt")
        if watch.due():
            scored()
            watch.restart()  # the scores' own time counts for nothing
            marked, seen_then = time.monotonic(), state.seen
    return clock.progress >= 1


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status, 2 where a file is missing."""
    try:
        return train(options(arguments))
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
