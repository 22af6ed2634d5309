/**
 * Who this tab is to the server: kept over a reload, never shared by two tabs. It begins with the name of the device, by
 * which the server knows whose pushes would only repeat what rings here. And whether the shift of this tab is running.
 */
const DEVICE = 'kc.device';
const OWNER = 'kc.phone.owner';
const SHIFT = 'kc.phone.shift';

export function device(): string {
  const known = localStorage.getItem(DEVICE);
  if (known) return known;
  const made = crypto.randomUUID().slice(0, 8);
  localStorage.setItem(DEVICE, made);
  return made;
}

export function owner(): string {
  const known = sessionStorage.getItem(OWNER);
  return known ?? renewOwner();
}

/** For a duplicated tab, which starts with a copy of the other's id. */
export function renewOwner(): string {
  const made = `${device()}.${crypto.randomUUID()}`;
  sessionStorage.setItem(OWNER, made);
  return made;
}

export function shiftOf(user: number): boolean {
  return sessionStorage.getItem(SHIFT) === String(user);
}

export function rememberShift(user: number | null): void {
  if (user === null) sessionStorage.removeItem(SHIFT);
  else sessionStorage.setItem(SHIFT, String(user));
}
