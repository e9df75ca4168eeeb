"""What the train.py of SiT saves, with tensors of a few numbers: its arguments beside the weights.

python sit_training.py [FOLDER]: writes sit-training.pt. Recorded with torch 2.15.0, on a CPU.
Ones are weights, twos their average; rng_state lies at the root, where trainings that go on keep one.
"""
import sys
from argparse import Namespace
from collections import OrderedDict

import torch

SHAPES = {
    'pos_embed': (1, 1, 2),
    'x_embedder.proj.weight': (2, 1, 1, 1),
    'y_embedder.embedding_table.weight': (2, 2),
    'blocks.0.attn.qkv.weight': (6, 2),
    'final_layer.linear.weight': (1, 2),
}


def weights(value):
    return OrderedDict((name, torch.full(shape, value)) for name, shape in SHAPES.items())


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else '.'
    model = [torch.nn.Parameter(tensor) for tensor in weights(1.0).values()]
    optimiser = torch.optim.AdamW(model, lr=1e-4, weight_decay=0)
    args = Namespace(
        data_path='images', results_dir='results', model='SiT-S/2', image_size=256, num_classes=1,
        epochs=1400, global_batch_size=256, global_seed=0, vae='ema', num_workers=4, log_every=100,
        ckpt_every=50000, sample_every=10000, cfg_scale=4.0, wandb=False, ckpt=None,
        path_type='VP', prediction='velocity', loss_weight=None, sample_eps=0.001, train_eps=1e-05)
    saved = {
        'model': weights(1.0), 'ema': weights(2.0), 'opt': optimiser.state_dict(), 'args': args,
        'rng_state': torch.zeros(4, dtype=torch.uint8)}
    torch.save(saved, f'{folder}/sit-training.pt')


main()
