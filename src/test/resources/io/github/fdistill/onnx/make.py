"""Makes the models of this folder and records what ONNX Runtime gives for them.

python make.py [NAME ...]: torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, onnx 1.23.2, onnxruntime
1.32.0, onnxscript 0.7.2, numpy 2.4. Weights are random, and no bias or scale is left at 0 or 1. NAME-ts
is torch's first exporter (dynamo=False), NAME-dy the one that followed (dynamo=True). Of each there is
NAME.onnx.gz, and NAME.npz with its inputs (in.X) and outputs (out.X), and torch's own gradient of the sum of the squares
of the first output by the first input.
"""

import gzip, os, sys, tempfile
import numpy as np
import onnx, onnxruntime, torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


class Call(nn.Module):
    """A model by positional arguments, its first output alone."""

    def __init__(self, model, *names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *args):
        return self.model(**dict(zip(self.names, args)), return_dict=False)[0]


def unet():
    from diffusers import UNet2DModel

    model = UNet2DModel(
        sample_size=8, in_channels=3, out_channels=3, layers_per_block=1, block_out_channels=(4, 8),
        norm_num_groups=2, attention_head_dim=4, down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"))
    args = dict(sample=torch.randn(2, 3, 8, 8), timestep=torch.tensor([5.0, 700.0]))
    return Call(model, *args), args, ["out_sample"]


def textunet():
    from diffusers import UNet2DConditionModel

    model = UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(4, 8),
        norm_num_groups=2, cross_attention_dim=6, attention_head_dim=2,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"))
    args = dict(
        sample=torch.randn(2, 4, 8, 8), timestep=torch.tensor([5.0, 700.0]),
        encoder_hidden_states=torch.randn(2, 5, 6))
    return Call(model, *args), args, ["out_sample"]


def dit():
    from diffusers import DiTTransformer2DModel

    model = DiTTransformer2DModel(
        sample_size=8, num_layers=2, patch_size=2, attention_head_dim=4, num_attention_heads=2,
        in_channels=4, out_channels=8, num_embeds_ada_norm=10)
    args = dict(
        hidden_states=torch.randn(2, 4, 8, 8), timestep=torch.tensor([5, 700]),
        class_labels=torch.tensor([1, 10]))
    return Call(model, *args), args, ["out_sample"]


def vae():
    from diffusers import AutoencoderKL

    model = AutoencoderKL(
        block_out_channels=(4, 8), norm_num_groups=2, latent_channels=4, sample_size=16,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2)

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.vae = model

        def forward(self, latents):
            return self.vae.decode(latents, return_dict=False)[0]

    return Decoder(), dict(latents=torch.randn(2, 4, 8, 8)), ["image"]


def clip():
    from transformers import CLIPTextConfig, CLIPTextModel

    model = CLIPTextModel(CLIPTextConfig(
        vocab_size=50, hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=9, bos_token_id=48, eos_token_id=49, pad_token_id=49))

    class Text(nn.Module):
        def __init__(self):
            super().__init__()
            self.text = model

        def forward(self, ids):
            out = self.text(ids)
            return out.last_hidden_state, out.pooler_output

    ids = torch.tensor([[48, 5, 6, 49, 49, 49, 49, 49, 49], [48, 7, 8, 9, 10, 11, 12, 13, 49]])
    return Text(), dict(input_ids=ids), ["last_hidden_state", "pooler_output"]


def classifier():
    class Block(nn.Module):
        def __init__(self, i, o, stride, groups):
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(i, o, 3, stride, 1, bias=False, groups=groups), nn.BatchNorm2d(o), nn.ReLU(),
                nn.Conv2d(o, o, 3, 1, 2, dilation=2, bias=False), nn.BatchNorm2d(o))
            self.short = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

        def forward(self, x):
            return torch.relu(self.body(x) + self.short(x))

    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm2d(3)  # Before all convolutions: no exporter folds it into one.
            self.stem = nn.Sequential(nn.Conv2d(3, 6, 7, 2, 3), nn.ReLU6(), nn.MaxPool2d(3, 2, 1))
            self.blocks = nn.Sequential(Block(6, 6, 1, 6), Block(6, 8, 2, 2))
            self.pool = nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False)
            self.up = nn.ConvTranspose2d(8, 6, 4, 2, 1, output_padding=1)
            self.fc = nn.Linear(6, 5)

        def forward(self, x):
            x = nn.functional.avg_pool2d(self.blocks(self.stem(self.norm(x))), 2, 1, 1)
            x = nn.functional.gelu(self.up(self.pool(x)))
            x = nn.functional.interpolate(x, scale_factor=1.5, mode="bilinear")
            x = nn.functional.interpolate(x, size=(9, 7), mode="bicubic", align_corners=True)
            x = nn.functional.pad(x, (1, 2, 3, 0), mode="reflect")
            x = nn.functional.adaptive_avg_pool2d(nn.functional.hardswish(x), 1).flatten(1)
            logits = self.fc(x)
            return logits.log_softmax(-1), x

    model = Classifier()
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
    return model, dict(image=torch.randn(2, 3, 32, 32)), ["logits", "features"]


MODELS = dict(unet=unet, textunet=textunet, dit=dit, vae=vae, clip=clip, classifier=classifier)


def export(name, exporter, opset=None, one=False):
    torch.manual_seed(0)
    model, args, outputs = MODELS[name]()
    for parameter in model.parameters():
        if parameter.ndim <= 1 or parameter.abs().max() == 0:
            nn.init.normal_(parameter, 0.2, 0.3)
        parameter.data = parameter.data.bfloat16().float()  # They pack better.
    model.eval()
    path = os.path.join(HERE, f"{name}-{exporter}{'' if opset is None else opset}{'-one' * one}.onnx")
    values = tuple(v[:1] if one else v for v in args.values())
    more = {} if opset is None else dict(opset_version=opset)
    with tempfile.TemporaryDirectory() as scratch:
        raw = os.path.join(scratch, "model.onnx")
        if exporter == "ts":
            torch.onnx.export(
                model, values, raw, input_names=list(args), output_names=outputs, dynamo=False,
                dynamic_axes={} if one else {n: {0: "batch"} for n in args}, **more)
        else:
            batch = torch.export.Dim("batch", min=1, max=1024)
            free = [{0: batch} for _ in args]
            torch.onnx.export(
                model, values, raw, input_names=list(args), output_names=outputs, dynamo=True,
                external_data=False, dynamic_shapes=[tuple(free)] if isinstance(model, Call) else free,
                **more)
        made = onnx.load(raw)
    for node in made.graph.node:  # What is only to be read by people.
        node.doc_string = ""
        del node.metadata_props[:]
    for list_ in (made.graph.value_info, made.graph.metadata_props, made.metadata_props):
        del list_[:]
    for tensor in list(made.graph.initializer) + list(made.graph.input) + list(made.graph.output):
        tensor.doc_string = ""
        del tensor.metadata_props[:]
    onnx.save(made, path)
    with open(path, "rb") as plain, gzip.GzipFile(path + ".gz", "wb", mtime=0) as packed:
        packed.write(plain.read())
    inputs = {n: v.numpy() for n, v in args.items()}
    session = onnxruntime.InferenceSession(path)
    if one:  # Row by row.
        rows = [session.run(None, {n: v[i : i + 1] for n, v in inputs.items()}) for i in range(2)]
        got = [np.concatenate(pair) for pair in zip(*rows)]
    else:
        got = session.run(None, inputs)
    recorded = {"in." + n: v for n, v in inputs.items()}
    recorded |= {"out." + n: v for n, v in zip(outputs, got)}
    first = next(iter(args))
    if args[first].is_floating_point():
        args[first].requires_grad_()
    own = model(*args.values())
    own = own if isinstance(own, tuple) else (own,)
    if args[first].requires_grad:
        own[0].square().sum().backward()
        recorded["gradient"] = args[first].grad.numpy()
    np.savez_compressed(path[:-5] + ".npz", **recorded)
    worst = max(float(np.abs(a - b.detach().numpy()).max()) for a, b in zip(got, own))
    os.remove(path)
    print(name, exporter, opset, os.path.getsize(path + ".gz"), "bytes; torch differs by", worst)


if __name__ == "__main__":
    for name in sys.argv[1:] or MODELS:
        for exporter in ("ts", "dy"):
            export(name, exporter)
    if len(sys.argv) == 1:
        export("textunet", "dy", 18)
        export("dit", "ts", 17)
        export("dit", "ts", one=True)
        export("classifier", "ts", 13)
