import './settings.css';
import { useLingui } from '@lingui/react/macro';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { tell } from '../app/notice';
import { may, session } from '../app/session';
import type { Action } from '../gql/graphql';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Icon, type IconName } from '../ui/Icon';
import { later } from '../ui/later';
import { NO_ANSWER } from '../words/refusals';
import { loadAccess, useAccess } from './access/data';
import { FiltersSection } from './access/FiltersSection';
import { RolesSection } from './access/RolesSection';
import { SkillsSection } from './access/SkillsSection';
import { UsersSection } from './access/UsersSection';
import { loadRouting, useRouting } from './data';
import { loadLabels, useLabels } from './labels';
import { BreaksSection } from './sections/BreaksSection';
import { CalendarsSection } from './sections/CalendarsSection';
import { CallsSection } from './sections/CallsSection';
import { CategoriesSection } from './sections/CategoriesSection';
import { ClientsSection } from './sections/ClientsSection';
import { DirectorySection } from './sections/DirectorySection';
import { GroupsSection } from './sections/GroupsSection';
import { LinesSection } from './sections/LinesSection';
import { LocationsSection } from './sections/LocationsSection';
import { NumbersSection } from './sections/NumbersSection';
import { QueuesSection } from './sections/QueuesSection';
import { OpenIdSection, PasswordsSection } from './sections/SignInSections';
import { TrunksSection } from './trunks/TrunksSection';

const AuditSection = later(() => import('./audit/AuditSection'), 'AuditSection');
const HistorySection = later(() => import('./changes/HistorySection'), 'HistorySection');

/** Each with what one must be allowed to see it. */
const SECTIONS = {
  users: 'EDIT_ACCESS',
  roles: 'EDIT_ACCESS',
  filters: 'EDIT_ACCESS',
  groups: 'EDIT_ROUTING',
  locations: 'EDIT_ROUTING',
  skills: 'EDIT_SKILLS',
  queues: 'EDIT_ROUTING',
  calendars: 'EDIT_ROUTING',
  numbers: 'EDIT_ROUTING',
  clients: 'DEFINE_CLIENT_FIELDS',
  calls: 'EDIT_CALL_SETTINGS',
  breaks: 'EDIT_BREAKS',
  categories: 'EDIT_CATEGORIES',
  lines: 'EDIT_ROUTING',
  trunks: 'EDIT_TRUNKS',
  directory: 'EDIT_SIGN_IN',
  openid: 'EDIT_SIGN_IN',
  passwords: 'EDIT_SIGN_IN',
  history: 'UNDO_SETTINGS',
  audit: 'SEE_AUDIT',
} as const satisfies Record<string, Action>;
type SectionName = keyof typeof SECTIONS;
const OF_ACCESS: readonly SectionName[] = ['users', 'roles', 'filters'];
const OF_LABELS: readonly SectionName[] = ['breaks', 'categories'];
const OF_SIGN_IN: readonly SectionName[] = ['directory', 'openid', 'passwords'];
/** Read what they show themselves. */
const ALONE: readonly SectionName[] = ['skills', 'lines', 'trunks', 'history', 'audit'];
const FIRST: SectionName = 'queues';

/** Everything that is set on screens; each section for whoever may. */
export function SettingsPage() {
  const { t } = useLingui();
  const now = useStore(session);
  const { section, item } = useParams({ strict: false }) as { section?: string; item?: string };
  const routing = useRouting();
  const [failed, setFailed] = useState(false);
  const labels = useLabels();
  const user = now.kind === 'user' || now.kind === 'expired' ? now.user : null;
  const access = useAccess();
  const allows = (action: Action) => user !== null && may(user, action);
  const sections = (Object.keys(SECTIONS) as SectionName[]).filter((name) => allows(SECTIONS[name]));
  const allowed = sections.length > 0;
  const load = () => {
    setFailed(false);
    return Promise.all([
      allows('EDIT_ROUTING') && loadRouting(),
      allows('EDIT_ACCESS') && loadAccess(),
      allows('EDIT_BREAKS') && allows('EDIT_CATEGORIES') && loadLabels(),
    ]).catch(() => {
      setFailed(true);
      tell(NO_ANSWER);
    });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once when the page is opened
  useEffect(() => {
    if (allowed) void load();
  }, [allowed]);
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time another section is opened
  useEffect(() => {
    if (!nav.current) return;
    const bar = nav.current;
    const show = () => bar.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    show();
    const watch = new ResizeObserver(show);
    watch.observe(bar);
    return () => watch.disconnect();
  }, [section, allowed]);
  if (!allowed) return <Empty icon="warn">{t`Nastavení upravuje jen správce a vedoucí.`}</Empty>;
  const usual = sections.includes(FIRST) ? FIRST : (sections[0] ?? FIRST);
  const open: SectionName = sections.find((each) => each === section) ?? usual;
  const words: Record<SectionName, [string, IconName]> = {
    users: [t`Uživatelé`, 'user'],
    roles: [t`Role`, 'lock'],
    filters: [t`Filtry`, 'search'],
    skills: [t`Kdo co obsluhuje`, 'board'],
    queues: [t`Fronty`, 'list'],
    calendars: [t`Provozní doba`, 'calendar'],
    numbers: [t`Vstupní čísla`, 'phone'],
    groups: [t`Skupiny`, 'people'],
    locations: [t`Lokality`, 'pin'],
    clients: [t`Karta klienta`, 'card'],
    calls: [t`Hovory`, 'gear'],
    breaks: [t`Přestávky`, 'cup'],
    categories: [t`Kategorie`, 'tag'],
    lines: [t`Linky ústředny`, 'phone'],
    trunks: [t`Svazky`, 'swap'],
    directory: [t`Adresář`, 'people'],
    openid: [t`Jednotné přihlášení`, 'forward'],
    passwords: [t`Hesla`, 'lock'],
    history: [t`Historie změn`, 'history'],
    audit: [t`Záznam o činnosti`, 'eye'],
  };
  const pages: Record<SectionName, (item: string | undefined) => ReactNode> = {
    users: (item) => access && <UsersSection access={access} item={item} />,
    roles: (item) => access && <RolesSection access={access} item={item} />,
    filters: (item) => access && <FiltersSection access={access} item={item} />,
    skills: () => <SkillsSection />,
    queues: (item) => routing && <QueuesSection routing={routing} item={item} />,
    calendars: (item) => routing && <CalendarsSection routing={routing} item={item} />,
    numbers: (item) => routing && <NumbersSection routing={routing} item={item} />,
    groups: (item) => routing && <GroupsSection routing={routing} item={item} />,
    locations: (item) => routing && <LocationsSection routing={routing} item={item} />,
    clients: () => routing && <ClientsSection routing={routing} />,
    calls: () => routing && <CallsSection routing={routing} />,
    breaks: () => labels && <BreaksSection breaks={labels.breaks} />,
    categories: (item) => labels && <CategoriesSection trees={labels.trees} item={item} />,
    lines: () => <LinesSection />,
    trunks: (item) => <TrunksSection item={item} />,
    directory: () => <DirectorySection />,
    openid: () => <OpenIdSection />,
    passwords: () => <PasswordsSection />,
    history: (item) => <HistorySection item={item} onUndone={load} />,
    audit: (item) => <AuditSection key={item} item={item} />,
  };
  // rules of signing in give roles: they are named as they are called
  const alone = ALONE.includes(open) || (OF_SIGN_IN.includes(open) && (access !== null || !allows('EDIT_ACCESS')));
  const ready = alone || (OF_ACCESS.includes(open) ? access : OF_LABELS.includes(open) ? labels : routing);
  return (
    <div className="settings" data-testid="settings">
      <h1 className="unseen">{t`Nastavení`}</h1>
      <nav className="settings-nav" aria-label={t`Části nastavení`} ref={nav}>
        {sections.map((name) => (
          <Link
            key={name}
            to="/settings/$section"
            params={{ section: name }}
            className="nav-link"
            aria-current={name === open ? 'page' : undefined}
          >
            <Icon name={words[name][1]} />
            {words[name][0]}
          </Link>
        ))}
      </nav>
      {ready ? (
        pages[open](item)
      ) : failed ? (
        <div className="empty">
          <Icon name="offline" />
          <p>{t`Nastavení se nepodařilo načíst.`}</p>
          <Button onPress={() => void load()}>{t`Zkusit znovu`}</Button>
        </div>
      ) : (
        <Empty icon="gear">{t`Načítá se…`}</Empty>
      )}
    </div>
  );
}
