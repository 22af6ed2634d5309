/** Numbers, times and telephone numbers as readers of the chosen language expect them. */

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

function formats(locale: string) {
  const date = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: PRAGUE, ...options });
  return {
    time: date({ hour: 'numeric', minute: '2-digit' }),
    precise: date({ hour: 'numeric', minute: '2-digit', second: '2-digit' }),
    day: date({ day: 'numeric', month: 'numeric' }),
    year: date({ day: 'numeric', month: 'numeric', year: 'numeric' }),
    decimal: new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }),
    percent: new Intl.NumberFormat(locale, { style: 'percent' }),
  };
}

let now = formats('cs-CZ');

/** Whose dates and numbers are written from now on. */
export function formatIn(locale: string): void {
  now = formats(locale);
}

export function time(at: string | number): string {
  return now.time.format(new Date(at));
}

export function preciseTime(at: string | number): string {
  return now.precise.format(new Date(at));
}

/** Time of today, otherwise the day too, of another year also the year. */
export function moment(at: string, today: number): string {
  const date = new Date(at);
  if (now.year.format(date) === now.year.format(today)) return time(at);
  const year = (of: Date | number) => now.year.formatToParts(of).find((part) => part.type === 'year')?.value;
  return `${year(date) === year(today) ? now.day.format(date) : now.year.format(date)} ${time(at)}`;
}

/** `0.873` → `87 %`. */
export function percent(share: number): string {
  return now.percent.format(share);
}

export function number(value: number): string {
  return now.decimal.format(value);
}
