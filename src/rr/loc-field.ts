import type { FieldKind, YamlTree } from './field.js';
import { scalar } from './number-fields.js';
import { mustBe, RdataError } from './rdata-error.js';
import type { RdataReader } from './rdata-reader.js';
import type { RdataWriter } from './rdata-writer.js';
import type { TextReader } from './text-reader.js';

/** The RDATA of LOC (RFC 1876): twelve keys in octoDNS YAML. */
export const loc: FieldKind = {
  spread: [
    'lat_degrees',
    'lat_minutes',
    'lat_seconds',
    'lat_direction',
    'long_degrees',
    'long_minutes',
    'long_seconds',
    'long_direction',
    'altitude',
    'size',
    'precision_horz',
    'precision_vert',
  ],
  fromText: (text, out) => {
    const latitude = readAngle(text, LATITUDE);
    const longitude = readAngle(text, LONGITUDE);
    // RFC 1876 §3: size and precisions may be left out, the altitude not.
    const altitude = readMetres(text, undefined);
    const lengths = DEFAULT_LENGTHS.map((metres) => readMetres(text, metres));
    write(latitude, longitude, altitude, lengths, out);
  },
  toText: (wire) => {
    if (wire.u8() !== 0) throw new RdataError('has an unknown LOC version');
    const lengths = [formatLength(wire.u8()), formatLength(wire.u8()), formatLength(wire.u8())];
    const latitude = formatAngle(wire, LATITUDE);
    const longitude = formatAngle(wire, LONGITUDE);
    const altitude = (wire.u32() - ALTITUDE_BASE_CM) / 100;
    return [latitude, longitude, `${altitude.toFixed(2)}m`, ...lengths].join(' ');
  },
  fromYaml: (value, out) => {
    const at = (key: string): string => {
      const item: YamlTree | undefined = value instanceof Map ? value.get(key) : undefined;
      if (item === undefined || item === null) throw new RdataError(`needs ${key}`);
      return scalar(item);
    };
    const angle = (prefix: string, axis: Axis): number =>
      toWire(
        axis,
        whole(at(`${prefix}_degrees`), `${prefix}_degrees`, axis.degrees),
        whole(at(`${prefix}_minutes`), `${prefix}_minutes`, 59),
        decimal(at(`${prefix}_seconds`), `${prefix}_seconds`, 0, 59.999),
        direction(at(`${prefix}_direction`), `${prefix}_direction`, axis),
      );
    write(
      angle('lat', LATITUDE),
      angle('long', LONGITUDE),
      decimal(at('altitude'), 'altitude', MIN_ALTITUDE, MAX_ALTITUDE),
      ['size', 'precision_horz', 'precision_vert'].map((key) => decimal(at(key), key, 0, MAX_LENGTH)),
      out,
    );
  },
  toYaml: (wire) => toMap(loc.toText(wire)),
};

/** In the order of {@link loc}'s keys, from the words of its text. */
function toMap(text: string): ReadonlyMap<string, string> {
  const values = text.split(' ').map((word) => word.replace(/m$/, ''));
  return new Map((loc.spread ?? []).map((key, i) => [key, values[i] as string]));
}

interface Axis {
  /** The most degrees. */
  readonly degrees: number;
  readonly positive: 'N' | 'E';
  readonly negative: 'S' | 'W';
}

const LATITUDE: Axis = { degrees: 90, positive: 'N', negative: 'S' };
const LONGITUDE: Axis = { degrees: 180, positive: 'E', negative: 'W' };

/** RFC 1876 §2: angles are thousandths of a second around 2³¹. */
const ANGLE_BASE = 2 ** 31;
/** RFC 1876 §2: altitudes are centimetres above 100,000 m below the reference spheroid. */
const ALTITUDE_BASE_CM = 10_000_000;
const MIN_ALTITUDE = -100_000;
/** 2³² − 1 cm above −100,000 m. */
const MAX_ALTITUDE = 42_849_672.95;
/** 9 × 10⁹ cm: two decimal digits, base and exponent. */
const MAX_LENGTH = 90_000_000;
/** Size, horizontal and vertical precision in metres (RFC 1876 §3). */
const DEFAULT_LENGTHS = [1, 10_000, 10];

function write(
  latitude: number,
  longitude: number,
  altitude: number,
  lengths: readonly number[],
  out: RdataWriter,
): void {
  out.u8(0);
  for (const metres of lengths) out.u8(encodeLength(metres));
  out.u32(latitude);
  out.u32(longitude);
  out.u32(Math.round(altitude * 100) + ALTITUDE_BASE_CM);
}

/** Centimetres as one decimal digit and a power of ten, rounded down (RFC 1876 §2). */
function encodeLength(metres: number): number {
  let centimetres = Math.round(metres * 100);
  let exponent = 0;
  for (; centimetres > 9; exponent++) centimetres = Math.floor(centimetres / 10);
  return (centimetres << 4) | exponent;
}

function formatLength(octet: number): string {
  const digit = octet >>> 4;
  const exponent = octet & 15;
  if (digit > 9 || exponent > 9 || (digit === 0 && exponent > 0))
    throw new RdataError('has an unknown length');
  return `${((digit * 10 ** exponent) / 100).toFixed(2)}m`;
}

function toWire(axis: Axis, degrees: number, minutes: number, seconds: number, sign: number): number {
  const thousandths = (degrees * 60 + minutes) * 60_000 + Math.round(seconds * 1000);
  if (thousandths > axis.degrees * 3_600_000) throw new RdataError(`has more than ${axis.degrees} degrees`);
  return ANGLE_BASE + sign * thousandths;
}

function formatAngle(wire: RdataReader, axis: Axis): string {
  const angle = wire.u32() - ANGLE_BASE;
  const thousandths = Math.abs(angle);
  if (thousandths > axis.degrees * 3_600_000) throw new RdataError(`has more than ${axis.degrees} degrees`);
  const degrees = Math.floor(thousandths / 3_600_000);
  const minutes = Math.floor(thousandths / 60_000) % 60;
  const seconds = (thousandths % 60_000) / 1000;
  return `${degrees} ${minutes} ${seconds.toFixed(3)} ${angle < 0 ? axis.negative : axis.positive}`;
}

/** `d1 [m1 [s1]] {"N"|"S"}` (RFC 1876 §3). */
function readAngle(text: TextReader, axis: Axis): number {
  const numbers: string[] = [];
  let word = text.next().text;
  while (/^[\d.]+$/.test(word) && numbers.length < 3) {
    numbers.push(word);
    word = text.next().text;
  }
  const [degrees = '', minutes = '0', seconds = '0'] = numbers;
  return toWire(
    axis,
    whole(degrees, 'degrees', axis.degrees),
    whole(minutes, 'minutes', 59),
    decimal(seconds, 'seconds', 0, 59.999),
    direction(word, 'direction', axis),
  );
}

function readMetres(text: TextReader, missing: number | undefined): number {
  if (missing !== undefined && text.left === 0) return missing;
  const word = text.next().text.replace(/m$/i, '');
  return missing === undefined
    ? decimal(word, 'altitude', MIN_ALTITUDE, MAX_ALTITUDE)
    : decimal(word, 'size and precision', 0, MAX_LENGTH);
}

function whole(text: string, key: string, max: number): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > max) throw outOf(key, 0, max, text);
  return Number(text);
}

function decimal(text: string, key: string, min: number, max: number): number {
  if (!/^-?\d{1,9}(\.\d{0,12})?$/.test(text) || Number(text) < min || Number(text) > max)
    throw outOf(key, min, max, text);
  return Number(text);
}

function direction(text: string, key: string, axis: Axis): 1 | -1 {
  const upper = text.toUpperCase();
  if (upper === axis.positive) return 1;
  if (upper === axis.negative) return -1;
  throw mustBe(`${axis.positive} or ${axis.negative} in ${key}`, text);
}

function outOf(key: string, min: number, max: number, text: string): RdataError {
  return mustBe(`${min} to ${max} in ${key}`, text);
}
