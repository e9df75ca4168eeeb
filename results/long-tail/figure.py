# Draws long-tail/rare-classes.svg of what table.py reads: a line for each divergence, a dot for each
# seed, dots of one seed joined.     python results/long-tail/figure.py > results/long-tail/rare-classes.svg
# Of an experiment whose students' names begin with its own: python results/long-tail/figure.py small
import sys

from table import students

ROWS = [("reverse KL", "reverse-kl-alone"), ("Jensen-Shannon", "jensen-shannon-alone"),
        ("squared Hellinger", "squared-hellinger-alone"), ("forward KL", "forward-kl-alone")]
LOW, HIGH, LEFT, WIDTH, STEP = 0.3, 1.1, 150, 540, 42


def x(share):
    return LEFT + WIDTH * (share - LOW) / (HIGH - LOW)


begin = sys.argv[1] + "-" if len(sys.argv) > 1 else ""
ROWS = [(shown, begin + name) for shown, name in ROWS if students(begin + name)]
own = [students(name) for _, name in ROWS]
seeds = sorted(set.intersection(*(set(o) for o in own)))
height = 30 + STEP * len(ROWS) + 45
parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" '
         'font-family="sans-serif" font-size="14">', f'<rect width="720" height="{height}" fill="white"/>']
for tick in range(3, 12):
    at = x(tick / 10)
    colour = "#888" if tick == 10 else "#ddd"
    parts.append(f'<path d="M{at:.1f} 15V{height - 45}" stroke="{colour}"/>')
    parts.append(f'<text x="{at:.1f}" y="{height - 28}" text-anchor="middle">{tick / 10}</text>')
parts.append(f'<text x="{LEFT + WIDTH / 2}" y="{height - 8}" text-anchor="middle">'
             "rare classes: share of the images / share of the set</text>")
for seed in seeds:
    points = [(x(o[seed]["rare classes"]), 40 + STEP * i) for i, o in enumerate(own)]
    parts.append('<polyline fill="none" stroke="#9bc" points="'
                 + " ".join(f"{a:.1f},{b}" for a, b in points) + '"/>')
    parts += [f'<circle cx="{a:.1f}" cy="{b}" r="5" fill="#157"/>' for a, b in points]
parts += [f'<text x="{LEFT - 12}" y="{45 + STEP * i}" text-anchor="end">{name}</text>'
          for i, (name, _) in enumerate(ROWS)]
print("\n".join(parts + ["</svg>"]))
