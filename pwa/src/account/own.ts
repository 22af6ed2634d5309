/** What the rest of the product asks about one's own account. */
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { MySecurityDocument } from '../gql/graphql';
import { NEW_DEVICE } from '../words/refusals';

const TOLD = 'kc.device-told';

/** A browser in which the account was used for the first time is told wherever its owner works, once in each window. */
export async function tellNewDevices(): Promise<void> {
  const { mySecurity } = await execute(MySecurityDocument, {});
  const newest = mySecurity.newDevices[0]?.since;
  if (!newest || sessionStorage.getItem(TOLD) === newest) return;
  sessionStorage.setItem(TOLD, newest);
  tell(NEW_DEVICE);
}

/** Where to go after signing out: who came through a provider ends the provider's session, too. */
export async function wayOut(): Promise<string> {
  try {
    const { mySecurity } = await execute(MySecurityDocument, {});
    const openid = mySecurity.sessions.some((each) => each.current && each.way === 'OPENID');
    return openid ? '/sign-in/openid/end' : '/';
  } catch {
    return '/';
  }
}
