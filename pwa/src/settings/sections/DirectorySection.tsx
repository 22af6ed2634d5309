import { execute } from '../../api/client';
import { SaveDirectoryDocument } from '../../gql/graphql';
import { DIRECTORY } from '../model/sign-in';
import { SignInChecks } from './SignInChecks';
import { SignInForm } from './SignInSections';
import { Syncs } from './Syncs';

/** Active Directory: the connection, who may come in, synchronisation and its reports. */
export function DirectorySection() {
  return (
    <SignInForm
      part="directory"
      sections={DIRECTORY}
      send={(body, base) => execute(SaveDirectoryDocument, { body, base })}
    >
      <SignInChecks of="directory" />
      <Syncs />
    </SignInForm>
  );
}
