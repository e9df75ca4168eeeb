#!/bin/bash
# Trains and measures students of four divergences, one after another; what json/ has is not done again.
#     bash results/long-tail/modes.sh EXPERIMENT alone|gan "SEEDS" "DIVERGENCES" [--set ...]
# EXPERIMENT begins the students' names: small-forward-kl-alone-1; alone: without GAN loss.
set -e
experiment=$1 loss=$2 seeds=$3 divergences=$4
shift 4
fdistill=${FDISTILL:-./fdistill}
[[ $loss == alone ]] && set -- --set discriminator.gan_weight=0 "$@"
mkdir -p json
for seed in $seeds; do
  for divergence in $divergences; do
    name=$experiment-$(tr 'A-Z_' 'a-z-' <<< "$divergence")-$loss-$seed
    [[ -e json/$name.json ]] && continue
    $fdistill train --quiet --config results/long-tail/distill.pbtxt --set name="$name" \
      --set divergence="$divergence" --set seed="$seed" "$@"
    $fdistill evaluate "savedmodels/$name" --against datasets/long-tail.npy --samples 5000 --quiet \
      --features savedmodels/features-14,savedmodels/pixels-14 --json "json/$name.json"
  done
done
