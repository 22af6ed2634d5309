/** Passkeys by the browser's own WebAuthn, whose questions and answers travel as JSON. */
import type { PasskeyAnswer } from '../gql/graphql';

interface Question {
  step: string;
  options: unknown;
}

export const passkeysWork: boolean =
  typeof PublicKeyCredential !== 'undefined' &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function' &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function';

/** Null: the person has closed the browser's window, or has no passkey for this page. */
export async function showPasskey({ step, options }: Question): Promise<PasskeyAnswer | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
  return answer(step, () => navigator.credentials.get({ publicKey }));
}

export async function makePasskey({ step, options }: Question): Promise<PasskeyAnswer | null> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
  return answer(step, () => navigator.credentials.create({ publicKey }));
}

async function answer(step: string, ask: () => Promise<Credential | null>): Promise<PasskeyAnswer | null> {
  try {
    const made = (await ask()) as PublicKeyCredential | null;
    return made ? { step, credential: made.toJSON() } : null;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
