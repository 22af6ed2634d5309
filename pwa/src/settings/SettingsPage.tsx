import './settings.css';
import { useLingui } from '@lingui/react/macro';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { tell } from '../app/notice';
import { leads, session } from '../app/session';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Icon, type IconName } from '../ui/Icon';
import { NO_ANSWER } from '../words/refusals';
import { loadRouting, useRouting } from './data';
import { loadLabels, useLabels } from './labels';
import { BreaksSection } from './sections/BreaksSection';
import { CalendarsSection } from './sections/CalendarsSection';
import { CallsSection } from './sections/CallsSection';
import { CategoriesSection } from './sections/CategoriesSection';
import { ClientsSection } from './sections/ClientsSection';
import { DirectorySection } from './sections/DirectorySection';
import { GroupsSection } from './sections/GroupsSection';
import { LocationsSection } from './sections/LocationsSection';
import { NumbersSection } from './sections/NumbersSection';
import { QueuesSection } from './sections/QueuesSection';
import { OpenIdSection, PasswordsSection } from './sections/SignInSections';

const SECTIONS = [
  'queues',
  'calendars',
  'numbers',
  'groups',
  'locations',
  'clients',
  'calls',
  'breaks',
  'categories',
  'directory',
  'openid',
  'passwords',
] as const;
type SectionName = (typeof SECTIONS)[number];
/** Those that supervisors edit too. */
const OF_LEADERS: readonly SectionName[] = ['breaks', 'categories'];

/** Queues, working time, entry numbers, groups and calls, for administrators; breaks and categories for supervisors too. */
export function SettingsPage() {
  const { t } = useLingui();
  const now = useStore(session);
  const { section, item } = useParams({ strict: false }) as { section?: string; item?: string };
  const routing = useRouting();
  const [failed, setFailed] = useState(false);
  const labels = useLabels();
  const user = now.kind === 'user' || now.kind === 'expired' ? now.user : null;
  const admin = user?.role === 'ADMIN';
  const allowed = user !== null && leads(user);
  const sections = admin ? SECTIONS : OF_LEADERS;
  const load = () => {
    setFailed(false);
    Promise.all([admin && loadRouting(), loadLabels()]).catch(() => {
      setFailed(true);
      tell(NO_ANSWER);
    });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once when the page is opened
  useEffect(() => {
    if (allowed) load();
  }, [allowed]);
  if (!allowed) return <Empty icon="warn">{t`Nastavení upravuje jen správce a vedoucí.`}</Empty>;
  const open: SectionName = sections.find((each) => each === section) ?? sections[0] ?? 'breaks';
  const words: Record<SectionName, [string, IconName]> = {
    queues: [t`Fronty`, 'list'],
    calendars: [t`Provozní doba`, 'calendar'],
    numbers: [t`Vstupní čísla`, 'phone'],
    groups: [t`Skupiny`, 'people'],
    locations: [t`Lokality`, 'pin'],
    clients: [t`Karta klienta`, 'card'],
    calls: [t`Hovory`, 'gear'],
    breaks: [t`Přestávky`, 'cup'],
    categories: [t`Kategorie`, 'tag'],
    directory: [t`Adresář`, 'people'],
    openid: [t`Jednotné přihlášení`, 'forward'],
    passwords: [t`Hesla`, 'lock'],
  };
  const pages: Record<SectionName, (item: string | undefined) => ReactNode> = {
    queues: (item) => routing && <QueuesSection routing={routing} item={item} />,
    calendars: (item) => routing && <CalendarsSection routing={routing} item={item} />,
    numbers: (item) => routing && <NumbersSection routing={routing} item={item} />,
    groups: (item) => routing && <GroupsSection routing={routing} item={item} />,
    locations: (item) => routing && <LocationsSection routing={routing} item={item} />,
    clients: () => routing && <ClientsSection routing={routing} />,
    calls: () => routing && <CallsSection routing={routing} />,
    breaks: () => labels && <BreaksSection breaks={labels.breaks} />,
    categories: (item) => labels && <CategoriesSection trees={labels.trees} item={item} />,
    directory: () => routing && <DirectorySection />,
    openid: () => routing && <OpenIdSection />,
    passwords: () => routing && <PasswordsSection />,
  };
  return (
    <div className="settings" data-testid="settings">
      <h1 className="unseen">{t`Nastavení`}</h1>
      <nav className="settings-nav" aria-label={t`Části nastavení`}>
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
      {(admin ? routing : labels) ? (
        pages[open](item)
      ) : failed ? (
        <div className="empty">
          <Icon name="offline" />
          <p>{t`Nastavení se nepodařilo načíst.`}</p>
          <Button onPress={load}>{t`Zkusit znovu`}</Button>
        </div>
      ) : (
        <Empty icon="gear">{t`Načítá se…`}</Empty>
      )}
    </div>
  );
}
