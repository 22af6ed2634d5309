/** Accounts: who may sign in, with which roles; passwords and sessions; why somebody may or may not. */
import './access.css';
import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { execute } from '../../api/client';
import { tell } from '../../app/notice';
import { may, session } from '../../app/session';
import { moment } from '../../format/format';
import {
  AnonymiseUserDocument,
  EndSessionsOfDocument,
  ResetSecondFactorsDocument,
  SaveUserDocument,
  SetInitialPasswordDocument,
} from '../../gql/graphql';
import { useStore } from '../../live/store';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { roleName } from '../../words/access';
import { NO_ANSWER, refusalText } from '../../words/refusals';
import { Sections } from '../Fields';
import { FormFrame, useEditor } from '../form';
import shapes from '../model/shapes.json';
import { Gone, Panes } from '../sections/Panes';
import { opened, useOpenNew } from '../sections/StoredForm';
import { type AccessData, type Account, loadAccess, type UserBody } from './data';
import { Explain } from './Explain';
import { USER } from './forms';

export function UsersSection({ access, item }: { access: AccessData; item: string | undefined }) {
  const { t } = useLingui();
  const id = opened(item);
  const known = access.users.find((each) => each.id === id);
  const lines = access.users.map((user) => {
    const roles = user.body.roles.map((key) => roleName(key, access.roles)).join(', ');
    const state = user.anonymised ? t`smazaný` : user.body.active ? roles || t`bez role` : t`vypnutý`;
    return { id: String(user.id), name: user.body.name, about: `${user.body.login} · ${state}` };
  });
  return (
    <Panes
      section="users"
      lines={lines}
      item={item}
      title={t`Uživatelé`}
      add={t`Nový uživatel`}
      empty={t`Zatím tu nikdo není.`}
      choose={t`Vyberte uživatele, kterého chcete upravit.`}
    >
      {id !== null && !known ? (
        <Gone />
      ) : known?.anonymised ? (
        <p className="quiet setting-about">{t`Účet je smazaný. V historii zůstává jen jeho číslo.`}</p>
      ) : (
        <>
          <UserForm key={item} id={id ?? null} initial={known?.body ?? (shapes.user as unknown as UserBody)} />
          {known && <Tools key={`tools-${known.id}`} account={known} />}
          {known && <Explain key={`why-${known.id}`} user={known.id} access={access} />}
        </>
      )}
    </Panes>
  );
}

function UserForm({ id, initial }: { id: number | null; initial: UserBody }) {
  const openNew = useOpenNew('users', loadAccess);
  const editor = useEditor<UserBody>(
    initial,
    (body, base) => execute(SaveUserDocument, { body, id, base: id === null ? null : base }),
    undefined,
    loadAccess,
  );
  return (
    <FormFrame
      editor={editor}
      isNew={id === null}
      onSaved={(saved) => {
        if (id === null) openNew(String(saved));
      }}
      onReload={async () => (await loadAccess()).users.find((each) => each.id === id)?.body}
    >
      <Sections sections={USER} />
    </FormFrame>
  );
}

function Tools({ account }: { account: Account }) {
  const { t } = useLingui();
  const now = useStore(session);
  const audits = (now.kind === 'user' || now.kind === 'expired') && may(now.user, 'SEE_AUDIT');
  const [password, setPassword] = useState<string | null>(null);
  const [asking, setAsking] = useState<'password' | 'sessions' | 'factor' | 'anonymise' | null>(null);
  const carry = async (send: () => Promise<object>) => {
    setAsking(null);
    try {
      const [answer] = Object.values(await send());
      if (answer?.__typename === 'Refused') tell(refusalText(answer.code));
      await loadAccess();
    } catch {
      tell(NO_ANSWER);
    }
  };
  const makePassword = async () => {
    setAsking(null);
    try {
      const { setInitialPassword: answer } = await execute(SetInitialPasswordDocument, { user: account.id });
      if (answer.__typename === 'InitialPassword') setPassword(answer.password);
      else tell(refusalText(answer.code));
      await loadAccess();
    } catch {
      tell(NO_ANSWER);
    }
  };
  const user = { user: account.id };
  const local = account.source === 'LOCAL';
  const places = plural(account.sessions, { one: 'na # místě', few: 'na # místech', other: 'na # místech' });
  const seen = account.seenAt ? moment(account.seenAt, Date.now()) : '';
  return (
    <section className="panel" aria-labelledby="account-tools">
      <header>
        <h2 id="account-tools">{t`Přihlašování`}</h2>
      </header>
      <p className="small quiet setting-about">
        {[
          local ? (account.hasPassword ? t`má heslo` : t`nemá heslo`) : t`přihlašuje se účtem z adresáře`,
          account.hasSecondFactor ? t`má druhý faktor` : t`nemá druhý faktor`,
          account.sessions ? t`přihlášen ${places}, naposledy ${seen}` : t`teď není přihlášen`,
        ].join(' · ')}
      </p>
      <div className="account-tools">
        {local && (
          <Button icon="lock" onPress={() => setAsking('password')} testId="initial-password">
            {t`Vytvořit počáteční heslo`}
          </Button>
        )}
        <Button icon="off" isDisabled={!account.sessions} onPress={() => setAsking('sessions')} testId="end-sessions">
          {t`Odhlásit všude`}
        </Button>
        <Button
          icon="keypad"
          isDisabled={!account.hasSecondFactor}
          onPress={() => setAsking('factor')}
          testId="reset-factors"
        >
          {t`Zrušit druhý faktor`}
        </Button>
        {audits && (
          <Link
            to="/settings/$section/$item"
            params={{ section: 'audit', item: `actor:${account.id}` }}
            className="button plain"
          >
            <Icon name="eye" />
            {t`Co dělal`}
          </Link>
        )}
        {!account.body.active && (
          <Button tone="bad" icon="trash" onPress={() => setAsking('anonymise')}>{t`Smazat navždy`}</Button>
        )}
      </div>
      {asking && (
        <div className="account-secret" role="alertdialog" aria-label={t`Opravdu?`}>
          <span>
            {asking === 'password' &&
              t`Dosavadní heslo přestane platit, uživatel bude všude odhlášen a nové heslo si při přihlášení změní.`}
            {asking === 'sessions' &&
              t`Uživatel bude ve všech prohlížečích hned odhlášen. Rozjednaný hovor se dokončí.`}
            {asking === 'factor' && t`Uživatel bude odhlášen a druhý faktor si nastaví znovu z vnitřní sítě.`}
            {asking === 'anonymise' && t`Jméno a přihlašovací jméno zmizí a nejde to vrátit. Historie hovorů zůstane.`}
          </span>
          <Button
            tone="bad"
            autoFocus
            testId="sure"
            onPress={() => {
              if (asking === 'password') void makePassword();
              else if (asking === 'sessions') void carry(() => execute(EndSessionsOfDocument, user));
              else if (asking === 'factor') void carry(() => execute(ResetSecondFactorsDocument, user));
              else void carry(() => execute(AnonymiseUserDocument, user));
            }}
          >{t`Ano, provést`}</Button>
          <Button onPress={() => setAsking(null)}>{t`Ne`}</Button>
        </div>
      )}
      {password && (
        <div className="account-secret" role="status">
          <span>{t`Počáteční heslo, ukazuje se jen teď:`}</span>
          <code data-testid="password">{password}</code>
          <Button icon="check" onPress={() => setPassword(null)}>{t`Mám ho, skrýt`}</Button>
        </div>
      )}
    </section>
  );
}
