"""Times FastGen's f-distill on the networks of ./fdistill bench, to be shown beside it.

    git clone https://github.com/NVlabs/FastGen target/fastgen && git -C target/fastgen checkout 34f30e8
    python3 -m venv target/peer
    target/peer/bin/pip install torch==2.15.0 diffusers transformers hydra-core loguru wandb boto3 webdataset \
        scipy pandas ftfy av einops imageio
    target/peer/bin/python src/peer/fastgen.py target/fastgen --json fastgen.json
    ./fdistill bench --against fastgen.json

The steps are FastGen's own: its FdistillModel, its optimisers, its averages, its one-step sampler, and the
preconditioning around the network. The network is fdistill's U-Net written in PyTorch, with as many floating-point
operations, and so are Heun's sampler and the pretraining step, which FastGen has in other forms. What FastGen lets
one choose is a flag: --float32, --channels-last. Another allocator is preloaded from outside:

    LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF=oversize_threshold:1,dirty_decay_ms:-1,muzzy_decay_ms:-1 ...
"""

import argparse
import json
import resource
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

CLASSES = 10
GROUP = 8
HEAD = 128
HEAD_GROUPS = 8

# As in graphs/NAME/network.pbtxt; attends: the sides of maps with attention.
NETWORKS = {
    "fashion-mnist": dict(size=28, colours=1, patch=2, channels=64, multiplier=[1, 2], attends=[7]),
    "bench-32x32": dict(size=32, colours=3, patch=1, channels=128, multiplier=[1, 2, 2], attends=[16]),
}
# Images at once: a step of pretraining, and what a sampler draws.
BATCHES = {"fashion-mnist": (128, 200), "bench-32x32": (16, 16)}
BATCH = 16
HEUN_STEPS = 5
WARM_UP = 3


def norm(channels):
    return nn.GroupNorm(channels // GROUP, channels)


class Attention(nn.Module):
    """Self-attention over pixels, heads of 64 channels, added to its input."""

    def __init__(self, channels):
        super().__init__()
        self.norm, self.heads = norm(channels), max(1, channels // 64)
        self.qkv, self.projection = nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        n, c, h, w = x.shape
        split = self.qkv(self.norm(x)).reshape(n, 3, self.heads, c // self.heads, h * w).transpose(-1, -2)
        mixed = functional.scaled_dot_product_attention(*split.unbind(1))
        return x + self.projection(mixed.transpose(-1, -2).reshape(n, c, h, w))


class Block(nn.Module):
    """A residual block: norm, SiLU, convolution, the embedding's shift, and the first three again."""

    def __init__(self, entering, channels, embedding, attends):
        super().__init__()
        self.norm_1, self.conv_1 = norm(entering), nn.Conv2d(entering, channels, 3, padding=1)
        self.shift = nn.Linear(embedding, channels)
        self.norm_2, self.conv_2 = norm(channels), nn.Conv2d(channels, channels, 3, padding=1)
        self.skip = nn.Identity() if entering == channels else nn.Conv2d(entering, channels, 1)
        self.attention = Attention(channels) if attends else nn.Identity()

    def forward(self, x, embedding):
        h = self.conv_1(functional.silu(self.norm_1(x))) + self.shift(embedding)[:, :, None, None]
        h = self.conv_2(functional.silu(self.norm_2(h)))
        return self.attention(h + self.skip(x))


class UNet(nn.Module):
    """The U-Net of fdistill's network.proto, one block a level, called as FastGen calls its own."""

    def __init__(self, size, colours, patch, channels, multiplier, attends, channels_last):
        super().__init__()
        widths, side = [channels * m for m in multiplier], size // patch
        embedding, pixel = 4 * channels, colours * patch * patch
        self.patch, self.channels_last = patch, channels_last
        half = channels // 2
        self.register_buffer("frequencies", 64.0 ** (torch.arange(half) / (half - 1)), persistent=False)
        self.dense_1, self.dense_2 = nn.Linear(channels, embedding), nn.Linear(embedding, embedding)
        self.label = nn.Linear(CLASSES, embedding, bias=False)
        self.enter = nn.Conv2d(pixel, channels, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, width in enumerate(widths):
            side = side // 2 if level else side
            smaller = nn.Conv2d(widths[level - 1], width, 2, stride=2) if level else nn.Identity()
            self.down.append(nn.ModuleList([smaller, Block(width, width, embedding, side in attends)]))
        self.middle = Block(widths[-1], widths[-1], embedding, side in attends)
        for level in reversed(range(len(widths))):
            larger = nn.Conv2d(widths[level], 4 * widths[level - 1], 1) if level else nn.Identity()
            block = Block(2 * widths[level], widths[level], embedding, side in attends)
            self.up.append(nn.ModuleList([block, larger]))
            side *= 2
        self.out_norm, self.out = norm(channels), nn.Conv2d(channels, pixel, 3, padding=1)

    def forward(self, x, noise, class_labels=None, return_features_early=False, feature_indices=(), **other):
        angles = noise[:, None] * self.frequencies
        waves = torch.cat([angles.cos(), angles.sin()], 1).to(x.dtype)
        embedding = self.dense_2(functional.silu(self.dense_1(waves))) + self.label(class_labels)
        embedding = functional.silu(embedding)
        h = functional.pixel_unshuffle(x, self.patch) if self.patch > 1 else x
        h = self.enter(h.contiguous(memory_format=torch.channels_last) if self.channels_last else h)
        skips, features = [], []
        for level, (smaller, block) in enumerate(self.down):
            h = block(smaller(h), embedding)
            skips.append(h)
            if level in feature_indices:
                features.append(h)
        if return_features_early:
            return features
        h = self.middle(h, embedding)
        for block, larger in self.up:
            h = block(torch.cat([h, skips.pop()], 1), embedding)
            if not isinstance(larger, nn.Identity):
                h = functional.pixel_shuffle(larger(h), 2)
        h = self.out(functional.silu(self.out_norm(h)))
        h = functional.pixel_shuffle(h, self.patch) if self.patch > 1 else h
        return [h, features] if len(feature_indices) else h


class Head(nn.Module):
    """A discriminator's head: on the smallest map, of 7x7 or 8x8 pixels."""

    def __init__(self, level, channels, side, channels_last):
        super().__init__()
        self.feature_indices = {level}
        self.conv = nn.Conv2d(channels, HEAD, 4, stride=2, padding=2 if side == 7 else 1)
        self.norm, self.whole = nn.GroupNorm(HEAD_GROUPS, HEAD), nn.Linear(16 * HEAD, HEAD)
        self.norm_whole, self.logit = nn.GroupNorm(HEAD_GROUPS, HEAD), nn.Linear(HEAD, 1)
        if channels_last:
            self.to(memory_format=torch.channels_last)

    def forward(self, features):
        h = functional.silu(self.norm(self.conv(features[0]))).flatten(1)
        return self.logit(functional.silu(self.norm_whole(self.whole(h))))


class Peer:
    """FastGen's model, and what is timed of it."""

    def __init__(self, name, float32, channels_last):
        from fastgen.callbacks.ema import EMACallback
        from fastgen.configs.methods.config_f_distill import create_config
        from fastgen.methods import FdistillModel
        from fastgen.networks.EDM.network import EDMPrecond
        from fastgen.utils import LazyCall

        made = NETWORKS[name]
        self.shape = [made["colours"], made["size"], made["size"]]
        self.half = None if float32 else torch.bfloat16

        def network():
            around = EDMPrecond(
                made["size"], made["colours"], label_dim=CLASSES, model_type="SongUNet", model_channels=32,
                channel_mult=[1], num_blocks=1, attn_resolutions=[], embedding_type="positional",
                encoder_type="standard", decoder_type="standard", resample_filter=[1, 1], channel_mult_noise=1,
                augment_dim=0, dropout=0.0, label_dropout=0)
            around.model = UNet(**made, channels_last=channels_last)
            return around.to(memory_format=torch.channels_last) if channels_last else around

        level = len(made["multiplier"]) - 1
        config = create_config().model
        config.net = LazyCall(network)()
        config.discriminator = LazyCall(Head)(
            level=level, channels=made["channels"] * made["multiplier"][-1],
            side=made["size"] // made["patch"] >> level, channels_last=channels_last)
        config.device, config.input_shape, config.pretrained_model_path = "cpu", self.shape, ""
        config.precision, config.precision_amp = "float32", None if float32 else "bfloat16"
        config.student_update_freq, config.gan_loss_weight_gen, config.f_distill.f_div = 3, 0.03, "js"
        config.sample_t_cfg.time_dist_type = "lognormal"
        config.use_ema = ["ema_1", "ema_2"]
        self.model = FdistillModel(config)
        self.model.teacher.eval().requires_grad_(False)
        self.model.on_train_begin()
        self.model.init_optimizers()
        self.averages = [EMACallback(beta=0.998, ema_name="ema_1"), EMACallback(beta=0.995, ema_name="ema_2")]
        for average in self.averages:
            average.on_model_init_end(self.model)
        self.generator_fn = FdistillModel.generator_fn

        trained, drawn = BATCHES[name]
        self.batches = [self.images(BATCH) for _ in range(4)]
        self.pretrained, self.pretraining_average = network(), network()
        self.optimiser = torch.optim.AdamW(self.pretrained.parameters(), lr=1e-4, weight_decay=0)
        self.training_images = self.images(trained)
        self.drawing = network().eval().requires_grad_(False)
        self.drawn = self.images(drawn)
        self.work = {
            "critic": (lambda i: self.step(1, i), BATCH),
            "student": (lambda i: self.step(3, i), BATCH),
            "cycle": (lambda i: [self.step(1, i), self.step(2, i + 1), self.step(3, i + 2)], 3 * BATCH),
            "pretrain": (lambda i: self.pretrain(), trained),
            "heun": (lambda i: self.heun(), drawn),
            "one-step": (lambda i: self.one_step(), drawn),
        }

    def images(self, count):
        labels = functional.one_hot(torch.randint(CLASSES, (count,)), CLASSES).float()
        none = torch.zeros(count, CLASSES)
        return dict(real=0.5 * torch.randn(count, *self.shape), condition=labels, neg_condition=none)

    def step(self, iteration, batch):
        """One of FastGen's trainer: the student's where the iteration is a multiple of three."""
        self.model.optimizers_zero_grad(iteration)
        with self.model.autocast():
            losses, _ = self.model.single_train_step(self.batches[batch % len(self.batches)], iteration)
        losses["total_loss"].backward()
        self.model.optimizers_schedulers_step(iteration)
        if iteration % 3 == 0:
            for average in self.averages:
                average.on_training_step_end(self.model, None, None, None, iteration=iteration)

    def pretrain(self):
        """Denoising, each level of noise weighed as EDM has it."""
        x = self.training_images["real"]
        sigma = torch.exp(1.2 * torch.randn(len(x)) - 1.2).double()
        self.optimiser.zero_grad(set_to_none=True)
        with self.model.autocast():
            noisy = x + sigma[:, None, None, None].float() * torch.randn_like(x)
            denoised = self.pretrained(noisy, sigma, condition=self.training_images["condition"])
            weight = ((sigma**2 + 0.25) / (0.5 * sigma) ** 2).float()
            loss = (weight * ((denoised - x) ** 2).mean((1, 2, 3))).mean()
        loss.backward()
        self.optimiser.step()
        with torch.no_grad():
            average, weights = self.pretraining_average.parameters(), self.pretrained.parameters()
            torch._foreach_lerp_(list(average), list(weights), 5e-4)

    def heun(self):
        count, labels = len(self.drawn["real"]), self.drawn["condition"]
        with torch.inference_mode(), torch.autocast("cpu", self.half, enabled=self.half is not None):
            part = torch.arange(HEUN_STEPS) / (HEUN_STEPS - 1)
            sigmas = (80 ** (1 / 7) + part * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7
            sigmas = torch.cat([sigmas, torch.zeros(1)]).double()
            x = 80 * torch.randn(count, *self.shape)
            for sigma, following in zip(sigmas[:-1], sigmas[1:]):
                slope = (x - self.drawing(x, sigma.expand(count), condition=labels)) / sigma.float()
                y = x + (following - sigma).float() * slope
                if following > 0:
                    there = (y - self.drawing(y, following.expand(count), condition=labels)) / following.float()
                    y = x + (following - sigma).float() * (slope + there) / 2
                x = y

    def one_step(self):
        noise = torch.randn(len(self.drawn["real"]), *self.shape)
        self.generator_fn(self.drawing, noise, condition=self.drawn["condition"], precision_amp=self.half)


def measured(workload, work, images, precision, rounds, seconds):
    for i in range(WARM_UP):
        work(i)
    with FlopCounterMode(display=False) as operations:
        work(0)
    start = time.perf_counter()
    work(0)
    times = max(1, int(seconds / (time.perf_counter() - start)))
    clock, processor = [], []
    for _ in range(rounds):
        start, start_of_processor = time.perf_counter(), time.process_time()
        for i in range(times):
            work(i)
        clock.append((time.perf_counter() - start) / times)
        processor.append((time.process_time() - start_of_processor) / times)
    found = dict(
        workload=workload, images=images, precision=precision, seconds=statistics.median(clock),
        processor_seconds=statistics.median(processor), operations=operations.get_total_flops())
    print(f"{workload}: {images / found['seconds']:.1f} images/s, {1000 * found['seconds']:.1f} ms", flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fastgen", help="a checkout of FastGen")
    parser.add_argument("--network", choices=NETWORKS, default="fashion-mnist")
    parser.add_argument("--float32", action="store_true", help="FastGen's default; else bfloat16 by autocast")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--only", help="workloads, separated by commas")
    parser.add_argument("--threads", type=int, help="that an op may take")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="of a round, about")
    parser.add_argument("--json", help="where to write what was found")
    asked = parser.parse_args()
    sys.path.insert(0, asked.fastgen)
    if asked.threads:
        torch.set_num_threads(asked.threads)
    torch.manual_seed(1)
    peer = Peer(asked.network, asked.float32, asked.channels_last)
    only = asked.only.split(",") if asked.only else list(peer.work)
    precision = "FLOAT32" if asked.float32 else "BFLOAT16"
    found = [measured(name, *peer.work[name], precision, asked.rounds, asked.seconds) for name in only]
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if asked.json:
        with open(asked.json, "w") as file:
            json.dump(dict(program="FastGen", peak_resident_bytes=peak, measured=found), file, indent=1)
    print(f"At most {peak / 1e6:.0f} MB held.")


if __name__ == "__main__":
    main()
