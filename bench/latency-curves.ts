import { writeFileSync } from 'node:fs';
import { median } from '../test/kit/statistics.ts';
import { percentileOf } from './open-loop.ts';
import type { LoadReport } from './open-loop.ts';

/** What is drawn as one line. */
export interface LatencyCurve {
  readonly title: string;
  /** One for each run. */
  readonly reports: readonly LoadReport[];
}

const WIDTH = 760;
const HEIGHT = 380;
const LEFT = 78;
const RIGHT = 36;
const TOP = 40;
const BOTTOM = 50;
/** Where the names of the curves begin: below them, for they rise. */
const LEGEND = 450;
const COLOURS = ['#8a8a8a', '#1b6ac9', '#d1495b', '#2a9d5c', '#c77f00'];
/** Percentiles that are named at the axis; each is as far from the next as from the one before. */
const NAMED = [0, 90, 99, 99.9, 99.99];
const DECADES = NAMED.length - 1;
const POINTS_A_DECADE = 20;
/** Milliseconds at the axis. */
const POWERS = [-2, -1, 0, 1, 2, 3];

/**
 * Draws an SVG: percentiles on a logarithmic axis (as far from 100 % as the runs tell), times on another. A point is
 * the median of the runs.
 */
export function drawLatencyCurves(path: string, title: string, curves: readonly LatencyCurve[]): void {
  const drawn = curves.map(({ reports }) => pointsOf(reports));
  const all = drawn.flat().map(({ milliseconds }) => milliseconds);
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.ceil(Math.log10(Math.max(...all)));
  const x = (decade: number): number => LEFT + (decade / DECADES) * (WIDTH - LEFT - RIGHT);
  const y = (milliseconds: number): number => {
    const share = (Math.log10(milliseconds) - low) / (high - low);
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  };
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 22, title, 'font-size="15" font-weight="bold"'),
    text((LEFT + WIDTH) / 2, HEIGHT - 10, 'share of the answers that came within the time', middle),
    `<text x="16" y="${(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 16 ${(TOP + HEIGHT - BOTTOM) / 2})">time to the answer</text>`,
  ];
  for (const [decade, percent] of NAMED.entries()) {
    parts.push(line(x(decade), TOP, x(decade), HEIGHT - BOTTOM));
    parts.push(text(x(decade), HEIGHT - BOTTOM + 18, `${percent} %`, middle));
  }
  for (const power of POWERS.filter((one) => one >= low && one <= high)) {
    const milliseconds = 10 ** power;
    parts.push(line(LEFT, y(milliseconds), WIDTH - RIGHT, y(milliseconds)));
    parts.push(text(LEFT - 6, y(milliseconds) + 4, timeText(milliseconds), 'text-anchor="end"'));
  }
  for (const [index, points] of drawn.entries()) {
    const places = points.map(({ decade, milliseconds }) => `${fixed(x(decade))},${fixed(y(milliseconds))}`);
    const colour = COLOURS[index % COLOURS.length]!;
    const legendY = HEIGHT - BOTTOM - 14 - 18 * (drawn.length - 1 - index);
    parts.push(
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.join(' ')}"/>`,
      line(LEGEND, legendY, LEGEND + 24, legendY, colour, 3),
      text(LEGEND + 32, legendY + 4, curves[index]!.title),
    );
  }
  writeFileSync(path, `${parts.join('\n')}\n</svg>\n`);
}

interface Point {
  /** 0 at 0 %, 1 at 90 %, 2 at 99 % and so on. */
  readonly decade: number;
  readonly milliseconds: number;
}

function pointsOf(reports: readonly LoadReport[]): Point[] {
  return Array.from({ length: DECADES * POINTS_A_DECADE + 1 }, (_, index) => {
    const decade = index / POINTS_A_DECADE;
    const percent = 100 * (1 - 10 ** -decade);
    const figures = reports.map((report) => percentileOf(report, percent));
    return { decade, milliseconds: Math.max(median(figures), 0.001) };
  });
}

const middle = 'text-anchor="middle"';

function text(x: number, y: number, words: string, more = ''): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${more}>${words.replaceAll('&', '&amp;')}</text>`;
}

function line(fromX: number, fromY: number, toX: number, toY: number, colour = '#dddddd', width = 1): string {
  const ends = `x1="${fixed(fromX)}" y1="${fixed(fromY)}" x2="${fixed(toX)}" y2="${fixed(toY)}"`;
  return `<line ${ends} stroke="${colour}" stroke-width="${width}"/>`;
}

function timeText(milliseconds: number): string {
  if (milliseconds >= 1000) return `${milliseconds / 1000} s`;
  return milliseconds >= 1 ? `${milliseconds} ms` : `${Math.round(milliseconds * 1000)} µs`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
