"""Tiny models of random weights, as the library diffusers saves them, and what it gives for some inputs.

Made with Python 3.11, torch 2.15.0, diffusers 0.42.1, safetensors 0.8.0, numpy 2.4.6:
    python make.py
"""

import json
import os
import pathlib
import shutil

import numpy as np
import torch
from diffusers import (
    DDIMScheduler,
    DDPMPipeline,
    DDPMScheduler,
    DiTTransformer2DModel,
    UNet2DModel,
)

HERE = pathlib.Path(__file__).parent
LEVELS = [3, 412, 900]


def randomised(model, seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.08)
    return model.eval()


def record(folder, model, scheduler, classes, seed, none=False):
    """x in data units, x_t = alpha x; D is x0, and F what the network says."""
    generator = np.random.default_rng(seed)
    c = model.config
    conditions = 2 if classes else 1
    rows = [(i, t, k) for i in range(2) for t in LEVELS for k in range(conditions)]
    images = generator.standard_normal((2, c.sample_size, c.sample_size, c.in_channels))
    betas = scheduler.betas.double()
    alphas = torch.cumprod(1 - betas, 0)
    out = {"x": [], "sigma": [], "class_index": [], "D": [], "F": []}
    for image, t, k in rows:
        alpha = alphas[t].sqrt().item()
        s = (1 - alphas[t]).sqrt().item()
        x = (images[image] * np.hypot(0.5, s / alpha)).astype(np.float32)
        label = classes - (0 if none else 1) if k else (image * 2 + t) % max(classes - 1, 1)
        shown = torch.from_numpy(x).permute(2, 0, 1)[None] * alpha
        known = {"class_labels": torch.tensor([label])} if classes else {}
        with torch.no_grad():
            f = model(shown.float(), torch.tensor([t]), **known).sample
        f = f[0].permute(1, 2, 0).double().numpy()
        said = f[..., : c.in_channels]
        d = {
            "epsilon": x - s / alpha * said,
            "sample": said,
            "v_prediction": alpha**2 * x - s * said,
        }[scheduler.config.prediction_type]
        for name, value in zip(out, [x, s / alpha, label, d, said]):
            out[name].append(value)
    arrays = {n: np.array(v, np.float32) for n, v in out.items()}
    if not classes:
        del arrays["class_index"]
    np.savez_compressed(folder.with_suffix(".npz"), **arrays)


def emptied(name):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def old_form():
    """As google/ddpm-cifar10-32: one folder, .bin, and the names that attention had."""
    model = randomised(
        UNet2DModel(
            sample_size=8, in_channels=3, out_channels=3, block_out_channels=(4, 8),
            down_block_types=("DownBlock2D", "AttnDownBlock2D"),
            up_block_types=("AttnUpBlock2D", "UpBlock2D"), layers_per_block=1, norm_num_groups=2,
            attention_head_dim=None, freq_shift=1, flip_sin_to_cos=False, downsample_padding=0,
            norm_eps=1e-6,
        ),
        1,
    )
    folder = emptied("unet-old")
    scheduler = DDPMScheduler()
    DDPMPipeline(model, scheduler).save_pretrained(folder)
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    names = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    state = {}
    for key, value in model.state_dict().items():
        for new, old in names.items():
            key = key.replace("." + new + ".", "." + old + ".")
        state[key] = value
    torch.save(state, folder / "diffusion_pytorch_model.bin")
    os.rename(folder / "unet" / "config.json", folder / "config.json")
    os.rename(folder / "scheduler" / "scheduler_config.json", folder / "scheduler_config.json")
    (folder / "unet").rmdir()
    (folder / "scheduler").rmdir()
    record(folder, model, scheduler, 0, 1)


def classes_and_shards():
    model = randomised(
        UNet2DModel(
            sample_size=8, in_channels=3, out_channels=6, block_out_channels=(4, 8, 4),
            down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"), layers_per_block=1,
            norm_num_groups=2, attention_head_dim=4, num_class_embeds=5,
            resnet_time_scale_shift="scale_shift", mid_block_scale_factor=1.4142135,
        ),
        2,
    )
    folder = emptied("unet-classes")
    scheduler = DDIMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012,
        prediction_type="v_prediction",
    )
    model.save_pretrained(folder / "unet", max_shard_size="25KB")
    scheduler.save_pretrained(folder / "scheduler")
    index = {"_class_name": "DDIMPipeline", "unet": ["diffusers", "UNet2DModel"],
             "scheduler": ["diffusers", "DDIMScheduler"]}
    (folder / "model_index.json").write_text(json.dumps(index))
    record(folder, model, scheduler, 5, 2)


def cosine_and_half():
    model = randomised(
        UNet2DModel(
            sample_size=8, in_channels=1, out_channels=1, block_out_channels=(4, 4),
            down_block_types=("DownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "UpBlock2D"), layers_per_block=1, norm_num_groups=2,
            add_attention=False, time_embedding_dim=24,
        ),
        3,
    )
    model = model.half().float()
    folder = emptied("unet-half")
    scheduler = DDPMScheduler(beta_schedule="squaredcos_cap_v2", prediction_type="sample")
    model.half().save_pretrained(folder, variant="fp16")
    scheduler.save_pretrained(folder)
    record(folder, model.float(), scheduler, 0, 3)


def transformer(name, shared):
    model = randomised(
        DiTTransformer2DModel(
            num_attention_heads=2, attention_head_dim=8, in_channels=4, out_channels=8,
            num_layers=2, sample_size=8, patch_size=2, num_embeds_ada_norm=5,
            norm_type="ada_norm_zero", norm_elementwise_affine=False,
        ),
        4,
    )
    if shared:
        blocks = model.transformer_blocks
        blocks[1].norm1.emb.load_state_dict(blocks[0].norm1.emb.state_dict())
    folder = emptied(name)
    scheduler = DDIMScheduler()
    model.save_pretrained(folder / "transformer")
    scheduler.save_pretrained(folder / "scheduler")
    index = {"_class_name": "DiTPipeline", "transformer": ["diffusers", "DiTTransformer2DModel"],
             "vae": ["diffusers", "AutoencoderKL"], "scheduler": ["diffusers", "DDIMScheduler"],
             "id2label": {"0": "tench", "1": "goldfish", "2": "shark", "3": "ray", "4": "cock"}}
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n")
    record(folder, model, scheduler, 5, 4, none=True)


old_form()
classes_and_shards()
cosine_and_half()
transformer("dit", False)
transformer("dit-shared", True)
