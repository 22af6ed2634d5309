import './wall.css';
import { msg, plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { leads, session } from '../app/session';
import {
  AssignWallboardDocument,
  RemoveWallboardDocument,
  WallboardsDocument,
  type WallboardsQuery,
} from '../gql/graphql';
import { useStore } from '../live/store';
import { HistoryLink } from '../settings/changes/HistoryLink';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { Select } from '../ui/Select';
import { NO_ANSWER, refusalText } from '../words/refusals';
import type { Layout } from './layout';

const USUAL = 0;

/** Layouts of wallboards, and which screen shows which. */
export function WallsPage() {
  const { t } = useLingui();
  const now = useStore(session);
  const allowed = (now.kind === 'user' || now.kind === 'expired') && leads(now.user);
  const [known, setKnown] = useState<WallboardsQuery | null>(null);
  const load = () =>
    execute(WallboardsDocument, {}).then(setKnown, () => {
      tell(NO_ANSWER);
    });
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once when the page is opened
  useEffect(() => {
    if (allowed) void load();
  }, [allowed]);
  if (!allowed) return <Empty icon="warn">{t`Nástěnky skládá jen supervizor nebo správce.`}</Empty>;
  if (!known) return <Empty icon="board">{t`Načítá se…`}</Empty>;
  const layouts = known.wallboards.map(({ id, body }) => ({ id, body: body as Layout }));
  const assign = async (user: number, layout: number) => {
    try {
      const { saved } = await execute(AssignWallboardDocument, { user, layout: layout || null });
      if (saved.__typename === 'Refused') tell(refusalText(saved.code));
    } catch {
      tell(NO_ANSWER);
    }
    await load();
  };
  const remove = async (id: number, body: Layout) => {
    try {
      await execute(RemoveWallboardDocument, { id });
      tell(msg`Nástěnka ${body.name} je smazaná. Obrazovky ukazují obvyklou.`, 'info');
    } catch {
      tell(NO_ANSWER);
    }
    await load();
  };
  return (
    <div className="walls" data-testid="walls">
      <section className="panel" aria-labelledby="walls-title">
        <header>
          <h1 id="walls-title">{t`Nástěnky`}</h1>
          <HistoryLink of="wallboards" />
          <Link to="/wall" className="button">
            <Icon name="board" />
            {t`Ukázat obvyklou`}
          </Link>
          <Link to="/walls/$layout" params={{ layout: 'new' }} className="button primary" data-testid="wall-new">
            <Icon name="plus" />
            {t`Nová nástěnka`}
          </Link>
        </header>
        {layouts.length === 0 && (
          <Empty icon="board">{t`Obrazovky zatím ukazují obvyklou nástěnku se všemi frontami. Složte si vlastní.`}</Empty>
        )}
        <ul className="walls-list">
          {layouts.map(({ id, body }) => (
            <li key={id} data-testid="wall-row">
              <strong>{body.name}</strong>
              <span className="quiet small">
                {plural(body.pages.length, { one: '# stránka', few: '# stránky', other: '# stránek' })}
              </span>
              <a className="button" href={`/wall?layout=${id}`}>
                <Icon name="board" />
                {t`Ukázat`}
              </a>
              <Link to="/walls/$layout" params={{ layout: String(id) }} className="button">
                <Icon name="pen" />
                {t`Upravit`}
              </Link>
              <Button tone="plain" icon="close" iconOnly onPress={() => void remove(id, body)}>
                {t`Smazat ${body.name}`}
              </Button>
            </li>
          ))}
        </ul>
      </section>
      <section className="panel" aria-labelledby="walls-screens">
        <header>
          <h2 id="walls-screens">{t`Obrazovky`}</h2>
        </header>
        {known.wallAccounts.length === 0 && (
          <Empty icon="user">{t`Žádný účet pro obrazovku zatím není. Založí ho správce s rolí Nástěnka.`}</Empty>
        )}
        <ul className="walls-list">
          {known.wallAccounts.map((account) => (
            <li key={account.userId} data-testid="wall-account">
              <strong>{account.name}</strong>
              <Select
                label={t`Ukazuje`}
                choices={[
                  { id: USUAL, name: t`obvyklou` },
                  ...layouts.map(({ id, body }) => ({ id, name: body.name })),
                ]}
                value={account.layoutId ?? USUAL}
                onChange={(layout) => void assign(account.userId, layout)}
                testId={`wall-of-${account.userId}`}
              />
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
