import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { moment } from '../format/format';
import { AddPasskeyDocument, BeginPasskeyDocument, RemovePasskeyDocument, RenamePasskeyDocument } from '../gql/graphql';
import { makePasskey, passkeysWork } from '../sign-in/passkey';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { NO_ANSWER, WENT_WRONG } from '../words/refusals';
import type { OwnSecurity } from './Security';

type Passkey = OwnSecurity['passkeys'][number];

export function Passkeys({ passkeys, onChange }: { passkeys: readonly Passkey[]; onChange: () => void }) {
  const { t } = useLingui();
  const [name, setName] = useState<string | null>(null);
  const add = async () => {
    try {
      const { beginPasskey } = await execute(BeginPasskeyDocument, {});
      const passkey = await makePasskey(beginPasskey);
      if (!passkey) return;
      const { addPasskey } = await execute(AddPasskeyDocument, { name: name?.trim() ?? '', passkey });
      if (addPasskey.__typename === 'Refused') return tell(WENT_WRONG);
      setName(null);
      onChange();
    } catch {
      tell(NO_ANSWER);
    }
  };
  return (
    <section className="panel" data-testid="passkeys">
      <header>
        <h2>
          <Trans>Přístupové klíče</Trans>
        </h2>
      </header>
      <p className="account-about quiet">
        <Trans>
          Místo hesla otisk, obličej, PIN počítače nebo bezpečnostní klíč. Podvodná stránka ho z vás nevyláká.
        </Trans>
      </p>
      {passkeys.length > 0 && (
        <ul className="account-list">
          {passkeys.map((each) => (
            <PasskeyRow key={each.id} passkey={each} onChange={onChange} />
          ))}
        </ul>
      )}
      <div className="account-body">
        {!passkeysWork ? (
          <p className="quiet">{t`Tento prohlížeč přístupové klíče neumí.`}</p>
        ) : name === null ? (
          <Button icon="plus" onPress={() => setName('')} testId="passkey-new">{t`Přidat klíč`}</Button>
        ) : (
          <form
            className="account-form"
            onSubmit={(event) => {
              event.preventDefault();
              void add();
            }}
          >
            <Field
              label={t`Název klíče`}
              hint={t`Třeba Notebook v práci.`}
              name="passkey-name"
              maxLength={60}
              required
              autoFocus
              value={name}
              onChange={setName}
            />
            <div className="form-row">
              <Button type="submit" tone="primary" testId="passkey-add">{t`Pokračovat`}</Button>
              <Button tone="plain" onPress={() => setName(null)}>{t`Zpět`}</Button>
            </div>
          </form>
        )}
      </div>
    </section>
  );
}

function PasskeyRow({ passkey, onChange }: { passkey: Passkey; onChange: () => void }) {
  const { t } = useLingui();
  const [name, setName] = useState<string | null>(null);
  const [leaving, setLeaving] = useState(false);
  const { id } = passkey;
  const act = async (go: () => Promise<unknown>) => {
    try {
      await go();
      setName(null);
      onChange();
    } catch {
      tell(NO_ANSWER);
    }
  };
  const created = moment(passkey.createdAt, Date.now());
  const used = passkey.usedAt ? moment(passkey.usedAt, Date.now()) : '';
  return (
    <li className="account-row" data-testid="passkey">
      {name === null ? (
        <div>
          <strong>{passkey.name}</strong>
          <p className="small quiet">
            {used ? t`Přidán ${created}, naposledy ${used}` : t`Přidán ${created}, zatím nepoužit`}
          </p>
          {!passkey.verifiesUser && <p className="small quiet">{t`Jen jako druhý faktor, sám nestačí.`}</p>}
        </div>
      ) : (
        <Field label={t`Název klíče`} name="passkey-rename" maxLength={60} autoFocus value={name} onChange={setName} />
      )}
      <div className="form-row">
        {name !== null ? (
          <>
            <Button
              tone="primary"
              onPress={() => void act(() => execute(RenamePasskeyDocument, { id, name }))}
              testId="passkey-save"
            >{t`Uložit`}</Button>
            <Button tone="plain" onPress={() => setName(null)}>{t`Zpět`}</Button>
          </>
        ) : leaving ? (
          <>
            <Button
              tone="bad"
              onPress={() => void act(() => execute(RemovePasskeyDocument, { id }))}
              testId="passkey-remove-sure"
            >{t`Opravdu odebrat`}</Button>
            <Button tone="plain" onPress={() => setLeaving(false)}>{t`Ponechat`}</Button>
          </>
        ) : (
          <>
            <Button tone="plain" icon="pen" iconOnly onPress={() => setName(passkey.name)} testId="passkey-rename">
              {t`Přejmenovat ${passkey.name}`}
            </Button>
            <Button tone="plain" icon="close" iconOnly onPress={() => setLeaving(true)} testId="passkey-remove">
              {t`Odebrat ${passkey.name}`}
            </Button>
          </>
        )}
      </div>
    </li>
  );
}
