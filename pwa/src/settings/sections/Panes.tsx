/** A list and what is chosen in it: beside each other where there is room, else one after the other. */
import { useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { matches } from '../../menus/model/outline';
import { Empty } from '../../ui/Empty';
import { Field } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import { HistoryLink } from '../changes/HistoryLink';

export interface Line {
  id: string;
  name: string;
  about: string;
  /** How it is at this moment. */
  badge?: ReactNode;
}

/** More of them than this: a field to search in. */
const MANY = 8;

export function Panes({
  section,
  lines,
  item,
  title,
  add,
  empty,
  choose,
  after,
  children,
}: {
  section: string;
  lines: readonly Line[];
  item: string | undefined;
  title: string;
  /** Of the link that makes a new one, where one can be made. */
  add?: string;
  /** What these are for, while there is none. */
  empty: string;
  choose: string;
  /** Under the list. */
  after?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useLingui();
  const [words, setWords] = useState('');
  const found = lines.filter((each) => matches(`${each.name} ${each.about}`, words));
  return (
    <div className="panes" data-open={item !== undefined}>
      <section className="panel panes-list" aria-label={title}>
        <header>
          <h2>{title}</h2>
          <HistoryLink />
          {add && (
            <Link
              to="/settings/$section/$item"
              params={{ section, item: 'new' }}
              className="button"
              data-testid="setting-new"
            >
              <Icon name="plus" />
              {add}
            </Link>
          )}
        </header>
        {lines.length > MANY && (
          <div className="panes-search">
            <Field label={t`Hledat`} type="search" value={words} onChange={setWords} />
          </div>
        )}
        {lines.length === 0 && <Empty icon="plus">{empty}</Empty>}
        <ul className="setting-list">
          {found.map((line) => (
            <li key={line.id}>
              <Link
                to="/settings/$section/$item"
                params={{ section, item: line.id }}
                className="setting-line"
                aria-current={line.id === item ? 'true' : undefined}
                data-testid="setting-line"
              >
                <strong>{line.name}</strong>
                {line.badge}
                <span className="small quiet">{line.about}</span>
              </Link>
            </li>
          ))}
        </ul>
        {after}
        {lines.length > 0 && found.length === 0 && <p className="quiet setting-about">{t`Nic takového tu není.`}</p>}
      </section>
      <div className="panes-detail">
        {item === undefined ? (
          lines.length > 0 && <Empty icon="pen">{choose}</Empty>
        ) : (
          <>
            <Link to="/settings/$section" params={{ section }} className="button plain panes-back">
              ← {title}
            </Link>
            {children}
          </>
        )}
      </div>
    </div>
  );
}

export function Gone() {
  const { t } = useLingui();
  return <Empty icon="warn">{t`Tohle už tu není. Vyberte jiné ze seznamu.`}</Empty>;
}
