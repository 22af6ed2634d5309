import { useLingui } from '@lingui/react/macro';
import { DestinationForm } from '../destinations/DestinationForm';
import { Button } from '../ui/Button';
import { Select } from '../ui/Select';
import { COMPARISONS, exitWords, KINDS, SUBJECTS } from '../words/menus';
import { Count, Group, Pick, Text, Toggle } from './fields';
import type { Operation, Wire } from './model/edit';
import {
  type Comparison,
  type Condition,
  exits,
  type Flow,
  type FlowNode,
  freeKey,
  KEYS,
  keyOf,
  type Menu,
  type Subject,
} from './model/flow';
import { PromptField } from './Prompts';
import { titleOf, useNames, useParts } from './parts';

export interface InspectorProps {
  flow: Flow;
  id: string;
  onDo: (operation: Operation) => void;
  onPick: (at: Wire) => void;
  onGo: (id: string) => void;
}

/** Everything that a step knows. */
export function Inspector({ flow, id, onDo, onPick, onGo }: InspectorProps) {
  const { i18n, t } = useLingui();
  const settings = useNames();
  const parts = useParts();
  const node = flow.nodes[id];
  if (!node) return null;
  const change = (made: FlowNode) => onDo({ type: 'change', id, node: made });
  const ways = exits(node);
  return (
    <div className="inspector" data-testid="inspector" data-kind={node.type}>
      <p className="small quiet">{i18n._(KINDS[node.type].what)}</p>
      <Text
        label={t`Název kroku`}
        value={flow.places[id]?.title ?? ''}
        onChange={(title) => onDo({ type: 'title', id, title })}
      />
      <Form node={node} onChange={change} />
      {ways.length > 0 && (
        <Group title={t`Kam dál`}>
          {ways.map((way) => {
            const words = exitWords(node, way.name);
            const shown = typeof words === 'string' ? words : i18n._(words);
            const key = keyOf(way.name);
            const to = way.target in flow.nodes ? titleOf(flow, way.target, settings, parts) : t`nikam`;
            return (
              <div key={way.name} className="way-row">
                {key !== null && node.type === 'menu' ? (
                  <select
                    className="input key-choice"
                    aria-label={t`Klávesa`}
                    value={key}
                    onChange={(event) => onDo({ type: 'changeKey', id, from: key, to: event.target.value })}
                  >
                    {KEYS.filter((each) => each === key || !(each in node.choices)).map((each) => (
                      <option key={each}>{each}</option>
                    ))}
                  </select>
                ) : (
                  <span className="exit-chip">{shown}</span>
                )}
                <Button
                  tone="plain"
                  className="way-to"
                  isDisabled={!(way.target in flow.nodes)}
                  onPress={() => onGo(way.target)}
                >
                  → {to}
                </Button>
                <Button
                  tone="plain"
                  icon="pen"
                  iconOnly
                  onPress={() => onPick({ from: id, exit: way.name })}
                >{t`Změnit cíl: ${shown}`}</Button>
                {key !== null && (
                  <Button
                    tone="plain"
                    icon="trash"
                    iconOnly
                    onPress={() => onDo({ type: 'removeKey', id, key })}
                  >{t`Odebrat klávesu ${key}`}</Button>
                )}
              </div>
            );
          })}
          {node.type === 'menu' && <AddKey menu={node} onAdd={(key) => onDo({ type: 'addKey', id, key })} />}
        </Group>
      )}
    </div>
  );
}

function AddKey({ menu, onAdd }: { menu: Menu; onAdd: (key: string) => void }) {
  const { t } = useLingui();
  const key = freeKey(menu);
  if (!key) return null;
  return <Button icon="plus" onPress={() => onAdd(key)}>{t`Přidat klávesu ${key}`}</Button>;
}

function Form({ node, onChange }: { node: FlowNode; onChange: (node: FlowNode) => void }) {
  const { t } = useLingui();
  const { flows, notices } = useParts();
  const plain = '{name}';
  const digits = '{cislo|digits}';
  const said = t`Údaj klienta vložíte jako ${plain}, číslo po číslicích jako ${digits}. Další způsoby čtení: number, amount, date, time.`;
  const choose = t`vyberte…`;
  switch (node.type) {
    case 'speak':
      return (
        <>
          <Text long label={t`Text`} value={node.text} hint={said} onChange={(text) => onChange({ ...node, text })} />
          <PromptField value={node.prompt} onChange={(prompt) => onChange({ ...node, prompt })} />
          <Toggle
            label={t`Klávesa text přeruší`}
            value={node.interruptible}
            onChange={(interruptible) => onChange({ ...node, interruptible })}
          />
        </>
      );
    case 'menu':
    case 'collect':
    case 'survey':
      return (
        <>
          <Text long label={t`Text`} value={node.text} hint={said} onChange={(text) => onChange({ ...node, text })} />
          <PromptField value={node.prompt} onChange={(prompt) => onChange({ ...node, prompt })} />
          {node.type === 'collect' && (
            <>
              <Text
                label={t`Zapamatovat jako`}
                value={node.variable}
                onChange={(variable) => onChange({ ...node, variable })}
              />
              <div className="form-row">
                <Count
                  label={t`Nejméně číslic`}
                  value={node.least}
                  min={1}
                  max={40}
                  onChange={(least) => onChange({ ...node, least })}
                />
                <Count
                  label={t`Nejvíce číslic`}
                  value={node.most}
                  min={1}
                  max={40}
                  onChange={(most) => onChange({ ...node, most })}
                />
              </div>
              <Select
                label={t`Kontrola`}
                choices={[
                  { id: 'none', name: t`žádná` },
                  { id: 'insured_number', name: t`číslo pojištěnce` },
                  { id: 'company_number', name: t`IČO` },
                ]}
                value={node.check}
                onChange={(check) => onChange({ ...node, check })}
              />
            </>
          )}
          {node.type === 'survey' && (
            <>
              <Text
                label={t`Odpovědi se počítají pod názvem`}
                value={node.question}
                onChange={(question) => onChange({ ...node, question })}
              />
              <div className="form-row">
                <Count
                  label={t`Nejnižší známka`}
                  value={node.lowest}
                  min={0}
                  max={9}
                  onChange={(lowest) => onChange({ ...node, lowest })}
                />
                <Count
                  label={t`Nejvyšší známka`}
                  value={node.highest}
                  min={1}
                  max={10}
                  onChange={(highest) => onChange({ ...node, highest })}
                />
              </div>
            </>
          )}
          <div className="form-row">
            <Count
              label={t`Čekat (s)`}
              value={node.timeout_s}
              min={0.5}
              max={60}
              step={0.5}
              onChange={(timeout_s) => onChange({ ...node, timeout_s })}
            />
            <Count
              label={t`Pokusů`}
              value={node.attempts}
              min={1}
              max={10}
              onChange={(attempts) => onChange({ ...node, attempts })}
            />
          </div>
          {node.type !== 'survey' && (
            <Text
              label={t`Při chybě nejdřív říct`}
              value={node.invalid_text ?? ''}
              onChange={(text) => onChange({ ...node, invalid_text: text || null })}
            />
          )}
        </>
      );
    case 'condition':
      return <ConditionForm node={node} onChange={onChange} />;
    case 'set':
      return (
        <>
          <Text label={t`Název údaje`} value={node.name} onChange={(name) => onChange({ ...node, name })} />
          <Text label={t`Hodnota`} value={node.value} hint={said} onChange={(value) => onChange({ ...node, value })} />
        </>
      );
    case 'notice':
      return (
        <Pick
          label={t`Hlášení`}
          list={notices}
          value={node.notice}
          onChange={(notice) => onChange({ ...node, notice })}
          placeholder={choose}
        />
      );
    case 'sub_flow':
      return (
        <Pick
          label={t`Menu`}
          list={flows.filter((flow) => flow.version !== null)}
          value={node.flow}
          onChange={(flow) => onChange({ ...node, flow })}
          placeholder={choose}
        />
      );
    case 'return':
      return null;
    case 'look_up':
      return (
        <>
          <Text label={t`Adresa`} value={node.url} onChange={(url) => onChange({ ...node, url })} />
          <Text
            label={t`Zapamatovat z odpovědi (oddělte čárkou)`}
            value={node.takes.join(',')}
            onChange={(names) => onChange({ ...node, takes: names ? names.split(',').map((name) => name.trim()) : [] })}
          />
          <Text
            label={t`Co se říká, než odpověď přijde`}
            value={node.text}
            onChange={(text) => onChange({ ...node, text })}
          />
          <Count
            label={t`Nejdéle čekat (s)`}
            value={node.timeout_s}
            min={0.5}
            max={10}
            step={0.5}
            onChange={(timeout_s) => onChange({ ...node, timeout_s })}
          />
        </>
      );
    default:
      return <DestinationForm to={node} onChange={onChange} />;
  }
}

function ConditionForm({ node, onChange }: { node: Condition; onChange: (node: FlowNode) => void }) {
  const { i18n, t } = useLingui();
  const { queues } = useNames();
  const ofQueue = node.subject.startsWith('queue_');
  const list = (of: Record<string, Parameters<typeof i18n._>[0]>) =>
    Object.entries(of).map(([id, name]) => ({ id, name: i18n._(name as never) }));
  const subject = (next: Subject) => {
    const queue = next.startsWith('queue_');
    const of = queue ? (ofQueue ? node.of : String(queues[0]?.id ?? '')) : '';
    if (next === 'queue_open') return onChange({ ...node, subject: next, of, comparison: 'equals', values: ['yes'] });
    if (next === 'hour')
      return onChange({ ...node, subject: next, of, comparison: 'between', values: ['08:00', '16:00'] });
    const comparison: Comparison = queue
      ? 'at_least'
      : next === 'weekday'
        ? 'one_of'
        : next === 'caller'
          ? 'starts_with'
          : 'equals';
    return onChange({ ...node, subject: next, of, comparison, values: [] });
  };
  return (
    <>
      <Select
        label={t`Na co se ptát`}
        choices={list(SUBJECTS as never)}
        value={node.subject as string}
        onChange={(next) => subject(next as Subject)}
      />
      {ofQueue && (
        <Pick
          label={t`Fronta`}
          list={queues}
          value={Number(node.of)}
          onChange={(queue) => onChange({ ...node, of: String(queue) })}
          placeholder={t`vyberte…`}
        />
      )}
      {(node.subject === 'variable' || node.subject === 'attribute') && (
        <Text label={t`Název údaje`} value={node.of} onChange={(of) => onChange({ ...node, of })} />
      )}
      {node.subject !== 'queue_open' && (
        <>
          <Select
            label={t`Porovnání`}
            choices={list(COMPARISONS as never)}
            value={node.comparison as string}
            onChange={(comparison) => onChange({ ...node, comparison: comparison as Comparison })}
          />
          <Text
            label={t`Hodnoty (víc oddělte čárkou)`}
            value={node.values.join(',')}
            {...(node.subject === 'weekday' ? { hint: t`1 je pondělí, 7 neděle.` } : {})}
            onChange={(text) => onChange({ ...node, values: text ? text.split(',').map((value) => value.trim()) : [] })}
          />
        </>
      )}
    </>
  );
}
