/** Who this tab is to the server: kept over a reload, never shared by two tabs. And whether its shift is running. */
const OWNER = 'kc.phone.owner';
const SHIFT = 'kc.phone.shift';

export function owner(): string {
  const known = sessionStorage.getItem(OWNER);
  return known ?? renewOwner();
}

/** For a duplicated tab, which starts with a copy of the other's id. */
export function renewOwner(): string {
  const made = crypto.randomUUID();
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
