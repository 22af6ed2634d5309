/** What is looked for: the usual at hand, the rest behind „Další podmínky“. */
import type { MessageDescriptor } from '@lingui/core';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { AuditKind, AuditOutcome } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { Combo } from '../../ui/Combo';
import { Field } from '../../ui/Field';
import { Select } from '../../ui/Select';
import { type Asked, type Period, type Person, USUAL } from './search';
import { ANSWERS, choicesOfActions, KINDS } from './words';

const TYPING_MS = 350;
type Typed = Pick<Asked, 'words' | 'subject' | 'address'>;

export function Conditions({
  asked,
  people,
  onAsk,
}: {
  asked: Asked;
  people: readonly Person[];
  onAsk: (asked: Asked) => void;
}) {
  const { i18n, t } = useLingui();
  const [typed, setTyped] = useState<Typed>(asked);
  const latest = useRef(asked);
  latest.current = asked;
  const narrow = (part: Partial<Asked>) => onAsk({ ...latest.current, ...part });
  useEffect(() => setTyped({ words: asked.words, subject: asked.subject, address: asked.address }), [asked]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed asks anew
  useEffect(() => {
    const { words, subject, address } = latest.current;
    if (typed.words === words && typed.subject === subject && typed.address === address) return;
    const timer = setTimeout(
      () => narrow({ words: typed.words, subject: typed.subject, address: typed.address }),
      TYPING_MS,
    );
    return () => clearTimeout(timer);
  }, [typed]);
  const periods: { id: Period; name: string }[] = [
    { id: 'day', name: t`posledních 24 hodin` },
    { id: 'week', name: t`posledních 7 dní` },
    { id: 'month', name: t`posledních 31 dní` },
    { id: 'own', name: t`od kdy do kdy` },
    { id: 'always', name: t`kdykoli` },
  ];
  // biome-ignore lint/correctness/useExhaustiveDependencies: named anew in another language
  const actions = useMemo(choicesOfActions, [i18n.locale]);
  const named = useMemo(() => people.map(({ id, name, login }) => ({ id, name: `${name} (${login})` })), [people]);
  const all = (words: Record<string, MessageDescriptor>) => [
    { id: 'ALL', name: t`nezáleží` },
    ...Object.entries(words).map(([id, each]) => ({ id, name: i18n._(each) })),
  ];
  const text = (path: keyof Typed) => (value: string) => setTyped((now) => ({ ...now, [path]: value }));
  return (
    <search className="audit-conditions" aria-label={t`Hledání v záznamu o činnosti`}>
      <div className="audit-first">
        <Field
          label={t`Hledat v podrobnostech`}
          type="search"
          value={typed.words}
          onChange={text('words')}
          maxLength={200}
          data-testid="audit-words"
        />
        <Combo
          label={t`Kdo`}
          choices={named}
          value={asked.actor}
          onChange={(actor) => narrow({ actor })}
          none={t`kdokoli`}
          show={t`Ukázat lidi`}
          empty={t`Nikdo takový tu není.`}
          testId="audit-person"
        />
        <Combo
          label={t`Co`}
          choices={actions}
          value={asked.action}
          onChange={(action) => narrow({ action })}
          none={t`cokoli`}
          show={t`Ukázat činnosti`}
          empty={t`Taková činnost tu není.`}
          testId="audit-action"
        />
        <Select
          label={t`Období`}
          choices={periods}
          value={asked.period}
          onChange={(period) => narrow({ period })}
          testId="audit-period"
        />
      </div>
      {asked.period === 'own' && (
        <div className="audit-more">
          <Field
            label={t`Od`}
            type="datetime-local"
            value={asked.from}
            onChange={(from) => narrow({ from })}
            data-testid="audit-from"
          />
          <Field
            label={t`Do`}
            type="datetime-local"
            value={asked.to}
            onChange={(to) => narrow({ to })}
            data-testid="audit-to"
          />
        </div>
      )}
      <details open={Boolean(asked.subject || asked.kind || asked.outcome || asked.address) || undefined}>
        <summary>
          <Trans>Další podmínky</Trans>
        </summary>
        <div className="audit-more">
          <Field
            label={t`Čeho se to týká`}
            value={typed.subject}
            onChange={text('subject')}
            maxLength={200}
            hint={t`Třeba client:5, nebo část označení bez dvojtečky.`}
            data-testid="audit-subject"
          />
          <Select
            label={t`Druh`}
            choices={all(KINDS)}
            value={asked.kind ?? 'ALL'}
            onChange={(kind) => narrow({ kind: kind === 'ALL' ? null : (kind as AuditKind) })}
            testId="audit-kind"
          />
          <Select
            label={t`Jak to dopadlo`}
            choices={all(ANSWERS)}
            value={asked.outcome ?? 'ALL'}
            onChange={(outcome) => narrow({ outcome: outcome === 'ALL' ? null : (outcome as AuditOutcome) })}
            testId="audit-outcome"
          />
          <Field
            label={t`Odkud (adresa sítě)`}
            value={typed.address}
            onChange={text('address')}
            maxLength={60}
            data-testid="audit-address"
          />
        </div>
      </details>
      {asked !== USUAL && (
        <Button tone="plain" onPress={() => onAsk(USUAL)} testId="audit-clear">
          {t`Zrušit všechny podmínky`}
        </Button>
      )}
    </search>
  );
}
