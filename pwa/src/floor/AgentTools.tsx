import { useLingui } from '@lingui/react/macro';
import { memo } from 'react';
import { useSettings } from '../app/settings';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { type Choice, Select } from '../ui/Select';
import { ACTIVITIES } from '../words/states';
import { type GroupBy, ORDER, type SortBy, START, type View } from './agents';

const ANY = 0;

/** Who is shown, in which order, under which headings. */
export const AgentTools = memo(function AgentTools({ view, onView }: { view: View; onView: (view: View) => void }) {
  const { t, i18n } = useLingui();
  const settings = useSettings();
  const put = (part: Partial<View>) => onView({ ...view, ...part });
  const of = (list: readonly { id: number; name: string }[], any: string): Choice<number>[] => [
    { id: ANY, name: any },
    ...list,
  ];
  const states: Choice<View['activity']>[] = [
    { id: 'PRESENT', name: t`přihlášení` },
    { id: 'ALL', name: t`všichni` },
    ...ORDER.map((id) => ({ id, name: i18n._(ACTIVITIES[id]) })),
  ];
  const sorts: Choice<SortBy>[] = [
    { id: 'state', name: t`stavu` },
    { id: 'name', name: t`jména` },
    { id: 'since', name: t`trvání stavu` },
    { id: 'handled', name: t`obsloužených` },
    { id: 'missed', name: t`zmeškaných` },
  ];
  const groups: Choice<GroupBy>[] = [
    { id: 'none', name: t`neseskupovat` },
    { id: 'location', name: t`lokality` },
    { id: 'group', name: t`skupiny` },
    { id: 'state', name: t`stavu` },
  ];
  return (
    <search className="floor-tools" aria-label={t`Výběr operátorů`}>
      <Field
        label={t`Jméno nebo číslo`}
        type="search"
        value={view.words}
        onChange={(words) => put({ words })}
        data-testid="agents-search"
      />
      <Select
        label={t`Stav`}
        choices={states}
        value={view.activity}
        onChange={(activity) => put({ activity })}
        testId="agents-state"
      />
      {settings.locations.length > 0 && (
        <Select
          label={t`Lokalita`}
          choices={of(settings.locations, t`všechny`)}
          value={view.location ?? ANY}
          onChange={(id) => put({ location: id || null })}
          testId="agents-location"
        />
      )}
      {settings.groups.length > 0 && (
        <Select
          label={t`Skupina`}
          choices={of(settings.groups, t`všechny`)}
          value={view.group ?? ANY}
          onChange={(id) => put({ group: id || null })}
        />
      )}
      <Select
        label={t`Fronta`}
        choices={of(settings.queues, t`všechny`)}
        value={view.queue ?? ANY}
        onChange={(id) => put({ queue: id || null })}
      />
      <Select
        label={t`Řadit podle`}
        choices={sorts}
        value={view.sort}
        onChange={(sort) => put({ sort })}
        testId="agents-sort"
      />
      <Select
        label={t`Seskupit podle`}
        choices={groups}
        value={view.by}
        onChange={(by) => put({ by })}
        testId="agents-by"
      />
      {view !== START && (
        <Button tone="plain" icon="close" onPress={() => onView(START)}>
          {t`Zrušit výběr`}
        </Button>
      )}
    </search>
  );
});
