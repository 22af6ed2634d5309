/** Numbers, times and telephone numbers as Czech readers expect them. Pure. */

const PRAGUE = 'Europe/Prague';

/** `m:ss`, from an hour `h:mm:ss`; never negative. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const s = String(whole % 60).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${s}` : `${minutes}:${s}`;
}

export function secondsBetween(from: string | null | undefined, to: number): number {
  return from ? Math.max(0, (to - Date.parse(from)) / 1000) : 0;
}

const COUNTRY_CODES = /^\+(420|421|49|43|48|44|1|380)(\d+)$/;

/** `+420777123456` → `777 123 456`; foreign ones keep their country. */
export function phoneNumber(number: string | null | undefined): string | null {
  if (!number) return null;
  const found = COUNTRY_CODES.exec(number);
  if (!found) return number;
  const [, country = '', rest = ''] = found;
  const grouped = rest.replace(/(\d{3})(?=\d)/g, '$1\u00a0');
  return country === '420' && rest.length === 9 ? grouped : `+${country}\u00a0${grouped}`;
}

const timeFormat = new Intl.DateTimeFormat('cs-CZ', { timeZone: PRAGUE, hour: 'numeric', minute: '2-digit' });
const preciseFormat = new Intl.DateTimeFormat('cs-CZ', {
  timeZone: PRAGUE,
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
});
const dayFormat = new Intl.DateTimeFormat('cs-CZ', { timeZone: PRAGUE, day: 'numeric', month: 'numeric' });
const yearFormat = new Intl.DateTimeFormat('cs-CZ', {
  timeZone: PRAGUE,
  day: 'numeric',
  month: 'numeric',
  year: 'numeric',
});

export function time(at: string | number): string {
  return timeFormat.format(new Date(at));
}

export function preciseTime(at: string | number): string {
  return preciseFormat.format(new Date(at));
}

/** Time of today, otherwise the day too, of another year also the year. */
export function moment(at: string, now: number): string {
  const day = yearFormat.format(new Date(at));
  if (day === yearFormat.format(now)) return time(at);
  const sameYear = day.slice(-4) === yearFormat.format(now).slice(-4);
  return `${sameYear ? dayFormat.format(new Date(at)) : day} ${time(at)}`;
}

/** `0.873` → `87 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)}\u00a0%`;
}

const decimal = new Intl.NumberFormat('cs-CZ', { maximumFractionDigits: 2 });

export function number(value: number): string {
  return decimal.format(value);
}
