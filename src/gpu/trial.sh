#!/usr/bin/env bash
# What fdistill does on a GPU, tried and measured by one command, the parts in order of worth: a run
# that is cut off still tells most.
#
#   src/gpu/trial.sh OUT [SECONDS=570]      everything into the folder OUT; the seconds are for all
#
# DEVICE=cpu tries the same on the CPU. PROGRAM is how fdistill is started, if not by ./fdistill, such
# as PROGRAM='java -cp natives-gpu.jar:fdistill.jar:lib/* io.github.fdistill.cli.Main'. Each part leaves
# PART.txt, and PART.json where the command writes one; summary.txt has a line for each.
set -uo pipefail
out=${1:?a folder for the results}
end=$(($(date +%s) + ${2:-570}))
device=${DEVICE:-gpu}
export PROGRAM=${PROGRAM:-./fdistill}
read -ra program <<< "$PROGRAM"
mkdir -p "$out"
out=$(cd "$out" && pwd)
name=gpu-trial-$$
export out name device
: > "$out/summary.txt"

# part NAME SECONDS COMMAND...: runs it, for so long at most, if there is time left for it. The command
# is a program or a function of this file, which timeout can only run in a shell of its own.
part() {
  local part=$1 most=$2 left=$((end - $(date +%s)))
  shift 2
  if ((left < 5)); then
    echo "$part: left out, no time" >> "$out/summary.txt"
    return 1
  fi
  ((most > left)) && most=$left
  local began=$SECONDS rc=0
  if [[ $(type -t "$1") == function ]]; then
    set -- bash -c '"$@"' "$0" "$@"
  fi
  timeout --signal=TERM --kill-after=20 "$most" "$@" > "$out/$part.txt" 2>&1 || rc=$?
  echo "$part: rc $rc, $((SECONDS - began)) s" | tee -a "$out/summary.txt"
  return "$rc"
}

fdistill() {
  local part=$1 most=$2
  shift 2
  part "$part" "$most" "${program[@]}" "$@"
}

# Ends a part's program as a power cut would.
killed() {
  $PROGRAM "$@" &
  local pid=$!
  for _ in $(seq 600); do
    [[ -n $(ls -A "runs/$name-kill/checkpoints" 2> /dev/null) ]] && break
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.2
  done
  sleep 1
  pkill -KILL -P "$pid" 2> /dev/null
  kill -KILL "$pid" 2> /dev/null
  wait "$pid" 2> /dev/null
  ls "runs/$name-kill/checkpoints"
}

# The server answers while clients ask; it is stopped by its own signal.
served() {
  $PROGRAM serve "$1" --device "$device" --port 18500 --rest-port 18501 &
  local pid=$!
  for _ in $(seq 300); do
    $PROGRAM request "$2" --server 127.0.0.1:18500 --seeds 0 --out "$out/served" && break
    sleep 0.5
  done
  for rows in 1 32 64; do
    $PROGRAM request "$2" --server 127.0.0.1:18500 --load 5 --clients 16 --rows "$rows"
  done
  kill -TERM "$pid"
  wait "$pid"
  [[ $? == 143 ]] # as of what a signal has ended
}

# The largest difference of two arrays of images, float32 in .npy, where there is a python3.
compared() {
  python3 - "$@" << 'PYTHON'
import array
import sys

def values(name):
    data = open(name, "rb").read()
    start = 10 + int.from_bytes(data[8:10], "little")
    return array.array("f", data[start:])

a, b = (values(name) for name in sys.argv[1:3])
differences = [abs(x - y) for x, y in zip(a, b)]
mean = sum(differences) / len(differences)
print("largest difference", max(differences), "mean", mean, "of values in [-1, 1]")
# TF32 has 10 bits of mantissa: what it loses is far below this, another image far above.
sys.exit(0 if len(a) == len(b) and mean < 0.05 else 1)
PYTHON
}

# Two runs of the same settings leave the same numbers, but for times.
same() {
  for run in "$@"; do
    [[ -s runs/$run/metrics.jsonl ]] || return 1
    grep -o '"[a-z_]*loss": *[^,}]*' "runs/$run/metrics.jsonl" > "$out/$run.losses"
  done
  wc -l "$out/$1.losses" && cmp "$out/$1.losses" "$out/$2.losses" && echo "the same losses, all digits"
}

export -f killed served compared same

run="$name-default"
steps=${STEPS:-3600}

fdistill doctor 60 doctor
command -v nvidia-smi > /dev/null && part nvidia-smi 10 nvidia-smi
fdistill placement 60 train --set "name=$name-dry" --set precision=BFLOAT16 \
  --dry-run --explain-placement --device "$device"
fdistill bench-fashion-mnist 90 bench --rounds 5 --device "$device" \
  --sweep distill.precision=BFLOAT16,FLOAT32 --json "$out/bench-fashion-mnist.json"
fdistill bench-32x32 90 bench --graphs graphs/bench-32x32 --rounds 5 --set images=64 \
  --sweep distill.precision=BFLOAT16,FLOAT32 --device "$device" --json "$out/bench-32x32.json"
fdistill train 200 train --set "name=$run" --set "steps=$steps" --device "$device"
fdistill evaluate 60 evaluate "savedmodels/$run" --device "$device"
fdistill sample-here 40 sample "savedmodels/$run" --seeds 0-9 --device "$device" --out "$out/here.npy"
fdistill sample-on-cpu 40 sample "savedmodels/$run" --seeds 0-9 --device cpu --out "$out/cpu.npy"
part export-compared 20 compared "$out/here.npy" "$out/cpu.npy"
part killed 60 killed train --set "name=$name-kill" --set steps=400 --device "$device" \
  --set checkpoint.every_steps=100
fdistill resumed 60 train --set "name=$name-kill" --set steps=400 --device "$device" \
  --set checkpoint.every_steps=100
fdistill export 40 export "runs/$run" --name "$name-served" --bfloat16
part serve 90 served "savedmodels/$name-served" "$name-served"
for batch in 64 128 256 512 1024 2048; do
  fdistill "bench-32x32-batch-$batch" 60 bench --graphs graphs/bench-32x32 --rounds 3 --only cycle,pretrain \
    --set "distill.batch_size=$batch" --set "pretrain.batch_size=$batch" \
    --set distill.precision=BFLOAT16 --set pretrain.precision=BFLOAT16 \
    --device "$device" --json "$out/bench-32x32-batch-$batch.json" || break
done
fdistill bench-64x64 60 bench --graphs graphs/bench-64x64 --rounds 3 --set images=64 --device "$device" \
  --sweep distill.precision=BFLOAT16,FLOAT32 --only cycle,pretrain --json "$out/bench-64x64.json"
NVIDIA_TF32_OVERRIDE=0 fdistill bench-without-tf32 60 bench --graphs graphs/bench-32x32 --rounds 3 \
  --only cycle --set distill.precision=FLOAT32 --device "$device" --json "$out/bench-without-tf32.json"
# What each way costs or saves, beside bench-32x32: XLA where it clusters, another allocator, all memory
# at once. Then whether TensorFlow's deterministic kernels give the same bits twice.
for way in xla:TF_XLA_FLAGS=--tf_xla_auto_jit=2 async:TF_GPU_ALLOCATOR=cuda_malloc_async \
  all-memory:TF_FORCE_GPU_ALLOW_GROWTH=false; do
  part "bench-${way%%:*}" 60 env "${way#*:}" "${program[@]}" bench --graphs graphs/bench-32x32 --rounds 3 \
    --only cycle,pretrain --set images=64 --set distill.precision=BFLOAT16 \
    --set pretrain.precision=BFLOAT16 --device "$device" --json "$out/bench-${way%%:*}.json"
done
for again in 1 2; do
  TF_DETERMINISTIC_OPS=1 fdistill "deterministic-$again" 40 train --set "name=$name-same-$again" \
    --set steps=20 --device "$device"
done
part deterministic 10 same "$name-same-1" "$name-same-2"
fdistill mixture 60 train --config graphs/mixture/distill.pbtxt --set "name=$name-mixture" --device "$device"
for folder in "runs/$run" "runs/$name-mixture"; do
  [[ -d $folder ]] && mkdir -p "$out/${folder#runs/}" \
    && cp "$folder"/*.png "$folder/metrics.jsonl" "$folder/record.json" "$out/${folder#runs/}/" 2> /dev/null
done
cat "$out/summary.txt"
