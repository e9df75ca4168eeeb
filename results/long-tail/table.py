# Reads what `evaluate --json` left in json/ (NAME-1.json, NAME-2.json, ... of the seeds) and prints
# means with deviations over seeds, and differences from the first NAME with paired 95 % intervals:
# mean +- t s / sqrt(n) of the differences seed by seed. No packages are needed.
#     python results/long-tail/table.py reverse-kl-alone jensen-shannon-alone ...
import glob
import json
import math
import re
import statistics
import sys

T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571}


def read(path):
    with open(path) as file:
        found = json.load(file)
    first, pixels = found["by_features"]
    tail = [c for c in first["classes"] if c["reference_share"] < 0.04]
    return {
        "class KL": first["class_kl"]["mean"],
        "least class": first["least_class"]["mean"],
        "rare classes": sum(c["share"] for c in tail) / sum(c["reference_share"] for c in tail),
        "FID": first["fid"]["mean"],
        "FID, pixels": pixels["fid"]["mean"],
        "recall": first["recall"]["mean"],
        "recall, pixels": pixels["recall"]["mean"],
        "precision": first["precision"]["mean"],
    }


def students(name):
    paths = glob.glob(f"json/{name}-[0-9].json")
    return {int(re.search(r"-(\d)\.json$", p).group(1)): read(p) for p in paths}


def main(names):
    base = students(names[0])
    for name in names:
        own = students(name)
        seeds = sorted(own.keys() & base.keys())
        print(f"{name}, seeds {seeds}")
        for measure in base[min(base)]:
            values = [own[s][measure] for s in seeds]
            line = f"  {measure:15} {statistics.mean(values):.4f}"
            if len(seeds) > 1:
                line += f" +- {statistics.stdev(values):.4f}"
                less = [own[s][measure] - base[s][measure] for s in seeds]
                half = T[len(seeds)] * statistics.stdev(less) / math.sqrt(len(seeds))
                line += f"   difference {statistics.mean(less):+.4f} +- {half:.4f}"
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
