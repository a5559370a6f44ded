"""Seconds per video that the paper authors' kind of training takes in PyTorch, to hold `evoked bench training` against.

The tower is written from the paper's description (see docs/training.md): 2 stacks of 4 residual blocks, dilations 1, 2, 4, 8,
kernel 3, each convolution padded with zeros on the left, then Linear, ReLU, Linear without biases. One video is one
forward and backward pass over 1550 steps with a step of SGD. Needs torch; nothing of the product does.

    python test/reference/training-speed.py [--threads 1 2] [--runs 5]
"""

import argparse
import statistics
import time

import torch
from torch import nn
from torch.nn import functional

NUM_STEPS = 1550
SIZES = {"audio at paper size": (2049, 512, 128), "visual, 64 channels": (1281, 64, 128)}


class Block(nn.Module):
    def __init__(self, width, channels, dilation):
        super().__init__()
        self.past = 2 * dilation
        self.conv1 = nn.Conv1d(width, channels, 3, dilation=dilation)
        self.conv2 = nn.Conv1d(channels, channels, 3, dilation=dilation)
        self.downsample = nn.Conv1d(width, channels, 1) if width != channels else nn.Identity()

    def forward(self, x):
        y = functional.relu(self.conv1(functional.pad(x, (self.past, 0))))
        y = functional.relu(self.conv2(functional.pad(y, (self.past, 0))))
        return functional.relu(y + self.downsample(x))


class Tower(nn.Module):
    def __init__(self, width, channels, hidden):
        super().__init__()
        widths = [width] + [channels] * 7
        self.blocks = nn.Sequential(*(Block(w, channels, 2 ** (i % 4)) for i, w in enumerate(widths)))
        linear = (nn.Linear(channels, hidden, bias=False), nn.ReLU(), nn.Linear(hidden, 15, bias=False))
        self.regression = nn.Sequential(*linear)

    def forward(self, x):
        return self.regression(self.blocks(x).transpose(1, 2))


def seconds_per_video(width, channels, hidden, runs):
    torch.manual_seed(0)
    tower = Tower(width, channels, hidden)
    optimizer = torch.optim.SGD(tower.parameters(), lr=5e-3)
    x, labels = torch.rand(1, width, NUM_STEPS) - 0.5, torch.rand(1, NUM_STEPS, 15)
    durations = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        optimizer.zero_grad()
        functional.mse_loss(tower(x), labels).backward()
        optimizer.step()
        durations.append(time.perf_counter() - start)
    return statistics.median(durations[1:]), min(durations[1:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    print(f"PyTorch {torch.__version__}")
    for threads in arguments.threads:
        torch.set_num_threads(threads)
        for name, size in SIZES.items():
            median, fastest = seconds_per_video(*size, arguments.runs)
            print(f"{name}, {threads} threads: median {median:.3f} s a video, fastest {fastest:.3f} s")


if __name__ == "__main__":
    main()
