"""Tiny pipelines of random weights, as the library diffusers saves them, and what each part gives.

Made with Python 3.11, torch 2.15.0, diffusers 0.42.1, transformers 5.24, numpy 2.4.6:
    python pipelines.py
"""

import json
import os
import pathlib
import shutil

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    DDIMScheduler,
    DiffusionPipeline,
    EulerDiscreteScheduler,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

HERE = pathlib.Path(__file__).parent
LEVELS = [3, 412, 900]
TOKENS = 6
PROMPTS = ["red apple", "A  CAT, on a red apple!"]
GUIDANCE = 3.0
BETAS = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
#: Byte pairs of a few words, in the form of CLIP's.
MERGES = ["a p", "ap p", "l e</w>", "app le</w>", "r e", "re d</w>", "c a", "ca t</w>"]


def randomised(model, seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.08)
            p.copy_(p.half().float())  # Saved as half, and the same in float.
    return model.eval()


def unet(seed, **more):
    settings = dict(
        sample_size=8, block_out_channels=(4, 8), layers_per_block=1, norm_num_groups=2,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), cross_attention_dim=8,
        attention_head_dim=2,
    )
    return randomised(UNet2DConditionModel(**{**settings, **more}), seed)


def text_encoder(seed, kind, act, end, **more):
    config = CLIPTextConfig(
        **{**dict(vocab_size=522, hidden_size=8, intermediate_size=16, num_hidden_layers=3,
                  num_attention_heads=2, max_position_embeddings=TOKENS, hidden_act=act,
                  projection_dim=4, bos_token_id=520, eos_token_id=end), **more})
    return randomised(kind(config), seed)


def autoencoder(seed, **more):
    return randomised(
        AutoencoderKL(
            block_out_channels=(4, 8), layers_per_block=1, norm_num_groups=2,
            down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
            sample_size=16, **more),
        seed)


def tiny_autoencoder(seed):
    return randomised(
        AutoencoderTiny(
            encoder_block_out_channels=(4, 4), decoder_block_out_channels=(4, 4),
            num_encoder_blocks=(1, 1), num_decoder_blocks=(1, 1)),
        seed)


def tokenizer(folder, padding):
    """All bytes, and the same at the end of a word, then pairs, then start and end: CLIP's order."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode
    letters = list(bytes_to_unicode().values())
    tokens = letters + [c + "</w>" for c in letters] + [m.replace(" ", "") for m in MERGES]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    numbers = {t: i for i, t in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(numbers))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")
    special = {"bos_token": tokens[-2], "eos_token": tokens[-1], "unk_token": tokens[-1],
               "pad_token": padding}
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    config = {**special, "model_max_length": TOKENS, "tokenizer_class": "CLIPTokenizer",
              "add_prefix_space": False, "errors": "replace", "do_lower_case": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def nhwc(tensor):
    return tensor.detach().permute(0, 2, 3, 1).float().numpy()


def record_unet(model, scheduler, seed, arrays):
    """x in data units, x_t = alpha x; D is x0."""
    generator = np.random.default_rng(seed)
    c = model.config
    alphas = torch.cumprod(1 - scheduler.betas.double(), 0)
    rows = [(t, k) for t in LEVELS for k in range(2)]
    out = {"x": [], "sigma": [], "context": [], "D": []}
    if c.addition_embed_type:
        out |= {"pooled": [], "sizes": []}
    for t, _ in rows:
        alpha, s = alphas[t].sqrt().item(), (1 - alphas[t]).sqrt().item()
        x = generator.standard_normal((8, 8, c.in_channels)) * np.hypot(1, s / alpha)
        x = x.astype(np.float32)
        context = generator.standard_normal((TOKENS, c.cross_attention_dim)).astype(np.float32)
        known, more = {"context": context}, {}
        if c.addition_embed_type:
            pooled = generator.standard_normal(4).astype(np.float32)
            sizes = np.array([64, 48, 3, 5, 16, 16], np.float32)
            known |= {"pooled": pooled, "sizes": sizes}
            more = {"added_cond_kwargs": {"text_embeds": torch.from_numpy(pooled)[None],
                                          "time_ids": torch.from_numpy(sizes)[None]}}
        shown = torch.from_numpy(x).permute(2, 0, 1)[None] * alpha
        with torch.no_grad():
            f = model(shown.float(), torch.tensor([t]), torch.from_numpy(context)[None], **more)
        said = nhwc(f.sample)[0].astype(np.float64)
        v = scheduler.config.prediction_type == "v_prediction"
        d = alpha**2 * x - s * said if v else x - s / alpha * said
        for name, value in {"x": x, "sigma": s / alpha, "D": d, **known}.items():
            out[name].append(value)
    arrays |= {"unet." + n: np.array(v, np.float32) for n, v in out.items()}


def record_text(name, model, arrays, seed, end, padding):
    ids = np.random.default_rng(seed).integers(0, 519, (3, TOKENS))
    ids[:, 0] = 520
    ids[0, 3], ids[0, 4:] = end, padding
    ids[1, 1], ids[1, 2:] = end, padding
    ids[2, -1] = end
    with torch.no_grad():
        given = model(torch.from_numpy(ids), output_hidden_states=True)
    arrays[name + ".tokens"] = ids.astype(np.int32)
    arrays[name + ".last"] = given.last_hidden_state.numpy()
    arrays[name + ".penultimate"] = given.hidden_states[-2].numpy()
    pooled = given.text_embeds if "text_embeds" in given else given.pooler_output
    arrays[name + ".pooled"] = pooled.numpy()


def record_images(model, arrays, seed):
    """What encode and decode give, in the units of the network's latents."""
    torch.manual_seed(seed)
    images = torch.rand(2, 3, 16, 16) * 2 - 1
    scale = model.config.scaling_factor
    shift = getattr(model.config, "shift_factor", None) or 0
    with torch.no_grad():
        if isinstance(model, AutoencoderTiny):
            mean = model.encode(images).latents
            deviation = torch.zeros_like(mean)
            latents = torch.randn_like(mean)
        else:
            given = model.encode(images).latent_dist
            mean, deviation = (given.mean - shift) * scale, given.std * scale
            latents = torch.randn_like(mean)
        pictures = model.decode(latents / scale + shift).sample
    arrays |= {"vae.images": nhwc(images), "vae.mean": nhwc(mean), "vae.deviation": nhwc(deviation),
               "vae.latents": nhwc(latents), "vae.pictures": nhwc(pictures)}


def save(name, model_index, parts, arrays):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    for part, model in parts.items():
        if isinstance(model, str):
            tokenizer(folder / part, model)
        else:
            model.half() if isinstance(model, torch.nn.Module) else None
            model.save_pretrained(folder / part)
    (folder / "model_index.json").write_text(json.dumps(model_index, indent=1))
    np.savez_compressed(HERE / (name + ".npz"), **arrays)


def record_pipeline(name, negative):
    """One step from the highest noise, which is D(x; sigma) under guidance, decoded."""
    pipe = DiffusionPipeline.from_pretrained(HERE / name, torch_dtype=torch.float32)
    pipe.scheduler = DDIMScheduler.from_config(
        pipe.scheduler.config, timestep_spacing="trailing", set_alpha_to_one=True, steps_offset=0,
        clip_sample=False)
    torch.manual_seed(7)
    z = torch.randn(len(PROMPTS), 4, 8, 8)
    pictures = pipe(
        PROMPTS, latents=z, num_inference_steps=1, guidance_scale=GUIDANCE, height=16, width=16,
        negative_prompt=[negative] * len(PROMPTS) if negative else None, output_type="np").images
    alpha = pipe.scheduler.alphas_cumprod[-1].double().sqrt().item()
    arrays = {"x": nhwc(z) / alpha, "sigma": np.full(len(PROMPTS), np.sqrt(1 / alpha**2 - 1)),
              "pictures": pictures}
    arrays = {n: a.astype(np.float32) for n, a in arrays.items()}
    for part in ["tokenizer", "tokenizer_2"]:
        if hasattr(pipe, part):
            ids = getattr(pipe, part)(PROMPTS, padding="max_length", truncation=True).input_ids
            arrays[part] = np.array(ids, np.int32)
    np.savez_compressed(HERE / (name + "-drawn.npz"), **arrays)


def index(pipeline, parts, **more):
    library = {"unet": "diffusers", "vae": "diffusers", "scheduler": "diffusers"}
    kinds = {n: "CLIPTokenizer" if isinstance(p, str) else type(p).__name__ for n, p in parts.items()}
    return {"_class_name": pipeline,
            **{n: [library.get(n, "transformers"), kinds[n]] for n in parts}, **more}


def stable_diffusion(name, seed, scheduler, network, vae, end, padding, act):
    """As Stable Diffusion 1 and 2: one text encoder."""
    encoder = text_encoder(seed + 1, CLIPTextModel, act, end)
    arrays = {}
    record_unet(network, scheduler, seed, arrays)
    record_text("text_encoder", encoder, arrays, seed, 521, 521 if padding[0] == "<" else 0)
    record_images(vae, arrays, seed)
    parts = {"unet": network, "text_encoder": encoder, "tokenizer": padding, "vae": vae,
             "scheduler": scheduler}
    more = {"safety_checker": [None, None], "requires_safety_checker": False}
    save(name, index("StableDiffusionPipeline", parts, **more), parts, arrays)


def sdxl(name, seed):
    scheduler = EulerDiscreteScheduler(**BETAS)
    network = unet(
        seed, cross_attention_dim=16, attention_head_dim=(1, 2), use_linear_projection=True,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), transformer_layers_per_block=(1, 2),
        addition_embed_type="text_time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=4 + 6 * 4)
    first = text_encoder(seed + 1, CLIPTextModel, "quick_gelu", 2)
    second = text_encoder(seed + 2, CLIPTextModelWithProjection, "gelu", 521)
    vae = autoencoder(seed + 3, scaling_factor=0.13025)
    arrays = {}
    record_unet(network, scheduler, seed, arrays)
    record_text("text_encoder", first, arrays, seed, 521, 521)
    record_text("text_encoder_2", second, arrays, seed + 1, 521, 0)
    record_images(vae, arrays, seed)
    parts = {"unet": network, "text_encoder": first, "tokenizer": "<|endoftext|>",
             "text_encoder_2": second, "tokenizer_2": "!", "vae": vae, "scheduler": scheduler}
    more = {"force_zeros_for_empty_prompt": True}
    save(name, index("StableDiffusionXLPipeline", parts, **more), parts, arrays)


torch.manual_seed(0)
stable_diffusion(
    "sd", 11, DDIMScheduler(**BETAS, clip_sample=False, set_alpha_to_one=False, steps_offset=1),
    unet(11), autoencoder(12), 2, "<|endoftext|>", "quick_gelu")
stable_diffusion(
    "sd-v", 21, DDIMScheduler(**BETAS, clip_sample=False, prediction_type="v_prediction"),
    unet(21, attention_head_dim=(1, 2), use_linear_projection=True, upcast_attention=True),
    tiny_autoencoder(22), 521, "!", "gelu")
sdxl("sdxl", 31)
record_pipeline("sd", None)
record_pipeline("sd-v", "cat")
record_pipeline("sdxl", None)
