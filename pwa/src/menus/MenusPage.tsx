import './menus.css';
import { Plural, useLingui } from '@lingui/react/macro';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { may, session } from '../app/session';
import { nameIn, useSettings } from '../app/settings';
import { moment } from '../format/format';
import { FlowDetailDocument, FlowsDocument, type FlowsQuery, SaveFlowDocument } from '../gql/graphql';
import { serverClock } from '../live/clock';
import { useStore } from '../live/store';
import { HistoryLink } from '../settings/changes/HistoryLink';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Field } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Select } from '../ui/Select';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { type Flow, readFlow } from './model/flow';
import { ProblemNotices } from './ProblemNotices';
import { PromptLibrary } from './Prompts';
import { loadParts } from './parts';
import { made, TEMPLATES, type Template } from './templates';

/** Voice menus, recordings and announcements, for administrators. */
export function MenusPage() {
  const { i18n, t } = useLingui();
  const now = useStore(session);
  const { staff } = useSettings();
  const navigate = useNavigate();
  const [flows, setFlows] = useState<FlowsQuery['flows'] | null>(null);
  const [name, setName] = useState('');
  const [template, setTemplate] = useState<Template>('welcome');
  const allowed = (now.kind === 'user' || now.kind === 'expired') && may(now.user, 'EDIT_FLOWS');
  useEffect(() => {
    if (!allowed) return;
    execute(FlowsDocument, {}).then(
      ({ flows }) => setFlows(flows),
      () => tell(NO_ANSWER),
    );
    loadParts().catch(() => tell(NO_ANSWER));
  }, [allowed]);
  if (!allowed) return <Empty icon="warn">{t`Hlasová menu upravuje jen správce.`}</Empty>;
  const create = async (body: Flow) => {
    try {
      const { saveFlow } = await execute(SaveFlowDocument, { id: null, body, base: null });
      if (saveFlow.__typename === 'Refused') return tell(refusalText(saveFlow.code));
      if (saveFlow.__typename === 'FlowConflict') return;
      await navigate({ to: '/menus/$flow', params: { flow: String(saveFlow.id) } });
    } catch {
      tell(NO_ANSWER);
    }
  };
  const duplicate = async (id: number) => {
    try {
      const { flow } = await execute(FlowDetailDocument, { id });
      if (!flow) return;
      const body = readFlow(flow.draft ?? flow.published);
      await create({ ...body, name: t`${body.name} – kopie` });
    } catch {
      tell(NO_ANSWER);
    }
  };
  return (
    <div className="menus">
      <h1 className="unseen">{t`Hlasová menu`}</h1>
      <section className="panel" data-testid="flows">
        <header>
          <h2>{t`Hlasová menu`}</h2>
          <HistoryLink of="flows" />
        </header>
        <form
          className="menus-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim()) void create(made(template, name.trim()));
          }}
        >
          <div className="form-row">
            <Field
              label={t`Název nového menu`}
              value={name}
              onChange={setName}
              maxLength={100}
              data-testid="flow-name"
            />
            <Select
              label={t`Začít od`}
              choices={Object.entries(TEMPLATES).map(([id, words]) => ({ id: id as Template, name: i18n._(words) }))}
              value={template}
              onChange={setTemplate}
              testId="flow-template"
            />
            <Button
              type="submit"
              icon="plus"
              tone="primary"
              isDisabled={!name.trim()}
              testId="flow-new"
            >{t`Založit`}</Button>
          </div>
        </form>
        <ul className="menus-list">
          {flows?.map((flow) => (
            <li key={flow.id} data-testid="flow-row">
              <Link to="/menus/$flow" params={{ flow: String(flow.id) }} className="notice-words">
                {flow.name}
              </Link>
              <span className={`state tone-${flow.version ? 'ready' : 'rest'}`}>
                {flow.version ? t`v provozu verze ${flow.version}` : t`není v provozu`}
              </span>
              {flow.problems > 0 && (
                <span className="state tone-bad" data-testid="flow-problems">
                  <Icon name="warn" />
                  <Plural value={flow.problems} one="# chyba" few="# chyby" other="# chyb" />
                </span>
              )}
              {flow.draftSavedAt && (
                <span className="small quiet">
                  {t`koncept`}: {nameIn(staff, flow.draftAuthorId)} {moment(flow.draftSavedAt, serverClock.now())}
                </span>
              )}
              <Button
                tone="plain"
                icon="copy"
                iconOnly
                onPress={() => void duplicate(flow.id)}
              >{t`Vytvořit kopii menu ${flow.name}`}</Button>
            </li>
          ))}
        </ul>
      </section>
      <ProblemNotices />
      <PromptLibrary />
    </div>
  );
}
