import { useLingui } from '@lingui/react/macro';
import { type ReactNode, useEffect, useState } from 'react';
import { execute } from '../../api/client';
import { tell } from '../../app/notice';
import { SaveOpenidDocument, SavePasswordPolicyDocument, SignInSettingsDocument } from '../../gql/graphql';
import { Empty } from '../../ui/Empty';
import { NO_ANSWER } from '../../words/refusals';
import { Sections } from '../Fields';
import { FormFrame, type Send, useEditor } from '../form';
import type { Section } from '../model/fields';
import { OPENID, PASSWORDS } from '../model/sign-in';
import { SignInChecks } from './SignInChecks';

export type Part = 'directory' | 'openid' | 'passwords';

async function load(part: Part): Promise<unknown> {
  return (await execute(SignInSettingsDocument, {})).signInSettings[part];
}

/** One of the three forms, once what is in force has been read. */
export function SignInForm({
  part,
  sections,
  send,
  children,
}: {
  part: Part;
  sections: readonly Section[];
  send: Send<unknown>;
  children?: ReactNode;
}) {
  const { t } = useLingui();
  const [initial, setInitial] = useState<unknown>(null);
  useEffect(() => {
    load(part)
      .then(setInitial)
      .catch(() => tell(NO_ANSWER));
  }, [part]);
  if (initial === null) return <Empty icon="gear">{t`Načítá se…`}</Empty>;
  return (
    <div className="panes-single">
      <Loaded part={part} initial={initial} sections={sections} send={send}>
        {children}
      </Loaded>
    </div>
  );
}

function Loaded({
  part,
  initial,
  sections,
  send,
  children,
}: {
  part: Part;
  initial: unknown;
  sections: readonly Section[];
  send: Send<unknown>;
  children: ReactNode;
}) {
  const editor = useEditor(initial, send);
  return (
    <FormFrame editor={editor} onReload={() => load(part)}>
      <Sections sections={sections} />
      {children}
    </FormFrame>
  );
}

export function OpenIdSection() {
  return (
    <SignInForm part="openid" sections={OPENID} send={(body, base) => execute(SaveOpenidDocument, { body, base })}>
      <SignInChecks of="openid" />
    </SignInForm>
  );
}

export function PasswordsSection() {
  return (
    <SignInForm
      part="passwords"
      sections={PASSWORDS}
      send={(body, base) => execute(SavePasswordPolicyDocument, { body, base })}
    />
  );
}
