import '../settings/settings.css';
import '../floor/floor.css';
import { useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { leads, session } from '../app/session';
import { useSettings } from '../app/settings';
import { ChoiceField, NumberField, ToggleField } from '../forms/controls';
import { AlertLimitsDocument, SaveAlertLimitsDocument } from '../gql/graphql';
import { useStore } from '../live/store';
import { FormFrame, useAt, useEditor, useForm } from '../settings/form';
import shapes from '../settings/model/shapes.json';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { ALERT_KINDS } from '../words/floor';

interface Limit {
  kind: string;
  after_s: number | null;
  queue: number | null;
}
interface Limits {
  limits: readonly Limit[];
}

const KINDS = shapes.enums.alert_kind;
const OF_QUEUES = shapes.enums.alert_kind_of_queue;
const USUAL = new Map((shapes.alerts as Limits).limits.map((each) => [each.kind, each.after_s]));
const LONGEST_S = 86_400;

/** The general ones first, one a kind, also of kinds that are off; then those of queues. */
function whole({ limits }: Limits): Limits {
  const general = KINDS.map(
    (kind) => limits.find((each) => each.kind === kind && each.queue === null) ?? { kind, after_s: null, queue: null },
  );
  return { limits: [...general, ...limits.filter((each) => each.queue !== null)] };
}

const load = async (): Promise<Limits> => whole((await execute(AlertLimitsDocument, {})).alertSettings as Limits);

/** How long is too long: in general and of single queues. */
export function LimitsPage() {
  const { t } = useLingui();
  const now = useStore(session);
  const allowed = (now.kind === 'user' || now.kind === 'expired') && leads(now.user);
  const [limits, setLimits] = useState<Limits | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (allowed) load().then(setLimits, () => setFailed(true));
  }, [allowed]);
  if (!allowed) return <Empty icon="warn">{t`Meze nastavuje jen supervizor nebo správce.`}</Empty>;
  if (!limits) return <Empty icon="clock">{failed ? t`Meze se nepodařilo načíst.` : t`Načítá se…`}</Empty>;
  return (
    <div className="panes-single limits" data-testid="limits">
      <Link to="/floor" className="button plain">
        ← {t`Zpět na přehled`}
      </Link>
      <Form limits={limits} />
    </div>
  );
}

function Form({ limits }: { limits: Limits }) {
  const { t } = useLingui();
  const editor = useEditor(limits, (body, base) => execute(SaveAlertLimitsDocument, { body, base }), undefined, load);
  return (
    <FormFrame editor={editor} onReload={load} history="settings:alerts">
      <section className="panel setting-section" aria-labelledby="limits-general">
        <header>
          <h1 id="limits-general">{t`Co trvá moc dlouho`}</h1>
        </header>
        <p className="small quiet setting-about">
          {t`Po uplynutí meze se supervizorům ukáže upozornění a zazní zvuk. Každé jednou, i po výpadku.`}
        </p>
        <div className="limits-rows">
          {KINDS.map((kind, n) => (
            <General key={kind} kind={kind} at={n} />
          ))}
        </div>
      </section>
      <Exceptions />
    </FormFrame>
  );
}

function General({ kind, at }: { kind: string; at: number }) {
  const { t, i18n } = useLingui();
  const [limit, setLimit] = useAt<Limit>(`limits.${at}`);
  const name = ALERT_KINDS[kind] ? i18n._(ALERT_KINDS[kind]) : kind;
  return (
    <div className="limits-row">
      <ToggleField
        path={`limits.${at}`}
        label={name}
        value={limit.after_s !== null}
        onChange={(on) => setLimit({ ...limit, after_s: on ? (USUAL.get(kind) ?? 60) : null })}
      />
      {limit.after_s !== null && (
        <NumberField
          path={`limits.${at}.after_s`}
          label={t`Upozornit po (s)`}
          value={limit.after_s}
          min={1}
          max={LONGEST_S}
          unit="s"
          onChange={(after_s) => setLimit({ ...limit, after_s })}
        />
      )}
    </div>
  );
}

function Exceptions() {
  const { t } = useLingui();
  const { value, set, remove } = useForm();
  const { queues } = useSettings();
  const limits = (value as Limits).limits;
  const add = () => set('limits', [...limits, { kind: 'waiting', after_s: 60, queue: queues[0]?.id ?? null }]);
  return (
    <section className="panel setting-section" aria-labelledby="limits-queues">
      <header>
        <h2 id="limits-queues">{t`Výjimky front`}</h2>
        <Button icon="plus" onPress={add} isDisabled={!queues.length} testId="limit-add">{t`Přidat výjimku`}</Button>
      </header>
      <p className="small quiet setting-about">{t`Mez fronty má přednost před obecnou.`}</p>
      <div className="limits-rows">
        {limits.map(
          (limit, n) =>
            limit.queue !== null && (
              // biome-ignore lint/suspicious/noArrayIndexKey: an exception has no other name
              <Exception key={n} at={n} onRemove={() => remove('limits', n, t`výjimka`)} />
            ),
        )}
      </div>
    </section>
  );
}

function Exception({ at, onRemove }: { at: number; onRemove: () => void }) {
  const { t, i18n } = useLingui();
  const { queues } = useSettings();
  const [limit, setLimit] = useAt<Limit>(`limits.${at}`);
  const kinds = OF_QUEUES.map((id) => ({ id, name: ALERT_KINDS[id] ? i18n._(ALERT_KINDS[id]) : id }));
  return (
    <div className="limits-row">
      <ChoiceField
        path={`limits.${at}.queue`}
        label={t`Fronta`}
        value={limit.queue}
        choices={queues}
        onChange={(queue) => setLimit({ ...limit, queue })}
      />
      <ChoiceField
        path={`limits.${at}.kind`}
        label={t`Co`}
        value={limit.kind}
        choices={kinds}
        onChange={(kind) => setLimit({ ...limit, kind })}
      />
      <ToggleField
        path={`limits.${at}.on`}
        label={t`upozorňovat`}
        value={limit.after_s !== null}
        onChange={(on) => setLimit({ ...limit, after_s: on ? 60 : null })}
      />
      {limit.after_s !== null && (
        <NumberField
          path={`limits.${at}.after_s`}
          label={t`Upozornit po (s)`}
          value={limit.after_s}
          min={1}
          max={LONGEST_S}
          unit="s"
          onChange={(after_s) => setLimit({ ...limit, after_s })}
        />
      )}
      <Button tone="plain" iconOnly onPress={onRemove} icon="close">{t`Odebrat výjimku`}</Button>
    </div>
  );
}
