/** The ways in beside a password: what the server offers here, Windows sign-on, and what a provider's redirect brought. */

import { findSession, session } from '../app/session';
import type { SignInRefusal } from '../gql/graphql';

const TRIED = 'kc.windows-tried';

/** Whether the browser had a ticket that the server took. `refused` says why not. */
export async function signInByWindows(): Promise<{ done: boolean; refused: SignInRefusal | null }> {
  const response = await fetch('/sign-in/negotiate', { method: 'POST', signal: AbortSignal.timeout(15_000) });
  if (response.ok) {
    session.set({ kind: 'unknown', unreachable: false });
    await findSession();
    return { done: true, refused: null };
  }
  const body = (await response.json().catch(() => null)) as { reason: SignInRefusal | null } | null;
  return { done: false, refused: body?.reason ?? null };
}

/** Once a visit; not again after somebody has signed out on purpose. */
export function mayTryWindows(): boolean {
  if (sessionStorage.getItem(TRIED)) return false;
  sessionStorage.setItem(TRIED, '1');
  return true;
}

export function dontTryWindows(): void {
  sessionStorage.setItem(TRIED, '1');
}

/** A half-done sign-in or a refusal, brought in the address's fragment; it is read once. */
export function broughtBack(): { step?: string; refused?: string } {
  const found = /^#sign-in-(step|refused)=([\w-]+)$/.exec(location.hash);
  if (!found) return {};
  history.replaceState(null, '', location.pathname + location.search);
  return found[1] === 'step' ? { step: found[2] ?? '' } : { refused: found[2] ?? '' };
}
