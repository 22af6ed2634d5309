/** One setting being edited: what changed, saving, what the server refused, and the guard against leaving it unsaved. */
import { useLingui } from '@lingui/react/macro';
import { useBlocker } from '@tanstack/react-router';
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { tell } from '../app/notice';
import { time } from '../format/format';
import { type Path, valueAt, within } from '../forms/path';
import { type Problem, ProblemsContext } from '../forms/problems';
import type { SavedFragment } from '../gql/graphql';
import { Button } from '../ui/Button';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { HistoryLink } from './changes/HistoryLink';
import { loadRouting } from './data';
import { begun, type Edited, isDirty, put, removed, undone } from './model/history';
import { Summary } from './Summary';

export interface Form {
  value: unknown;
  set: (path: Path, value: unknown) => void;
  /** `what` is how the person knows it: said beside the way back. */
  remove: (list: Path, at: number, what: string) => void;
}

const FormContext = createContext<Form | null>(null);

export function useForm(): Form {
  const found = useContext(FormContext);
  if (!found) throw new Error('outside of a form');
  return found;
}

/** A value of the form and how to change it. */
export function useAt<T>(path: Path): [T, (value: T) => void] {
  const { value, set } = useForm();
  return [valueAt(value, path) as T, (made) => set(path, made)];
}

export interface Editor<T> {
  state: Edited<T>;
  form: Form;
  problems: readonly Problem[];
  status: Status;
  dirty: boolean;
  undo: () => void;
  /** Whether it was saved; `over`: whatever somebody else has saved meanwhile. */
  save: (over?: boolean) => Promise<number | null>;
  /** What is in force now, without the changes made here. */
  restart: (base: T) => void;
  /** Something else to begin with; what is in force stays what it was. */
  begin: (value: T) => void;
  refuse: (problems: readonly Problem[]) => void;
}

type Status =
  | { kind: 'same' }
  | { kind: 'saving' }
  | { kind: 'saved'; at: number }
  | { kind: 'refused' }
  | { kind: 'conflict' }
  | { kind: 'waiting' };

/** Null: whoever was saving has thought better of it. */
export type Send<T> = (value: T, base: T | null) => Promise<{ saved: SavedFragment } | null>;

/** `after`: what is read anew once something was saved. */
export function useEditor<T>(
  initial: T,
  send: Send<T>,
  start?: T,
  after: () => Promise<unknown> = loadRouting,
): Editor<T> {
  const [state, setState] = useState(() => begun(initial, start ?? initial));
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [status, setStatus] = useState<Status>({ kind: 'same' });
  const busy = useRef(false);
  const change = (next: (now: Edited<T>) => Edited<T>) => {
    setState(next);
    setStatus((now) => (now.kind === 'saved' ? { kind: 'same' } : now));
  };
  const save = async (over = false): Promise<number | null> => {
    if (busy.current) return null;
    busy.current = true;
    setStatus({ kind: 'saving' });
    const { value } = state;
    try {
      const answer = await send(value, over ? null : state.base);
      if (answer === null) {
        setStatus({ kind: 'same' });
        return null;
      }
      const { saved } = answer;
      if (saved.__typename === 'SettingSaved') {
        setProblems([]);
        setState((now) => ({ ...now, base: value, removed: null }));
        setStatus({ kind: 'saved', at: Date.now() });
        void after().catch(() => tell(NO_ANSWER));
        return saved.id;
      }
      if (saved.__typename === 'SettingRefused') {
        setProblems(saved.problems);
        setStatus({ kind: 'refused' });
      } else if (saved.code === 'CHANGED_MEANWHILE') setStatus({ kind: 'conflict' });
      else {
        tell(refusalText(saved.code));
        setStatus({ kind: 'refused' });
      }
    } catch {
      tell(NO_ANSWER);
      setStatus({ kind: 'waiting' });
    } finally {
      busy.current = false;
    }
    return null;
  };
  return {
    state,
    problems,
    status,
    dirty: isDirty(state),
    save,
    form: {
      value: state.value,
      set: (path, value) => {
        change((now) => put(now, path, value));
        setProblems((now) => now.filter((each) => !within(each.field, path) && !within(path, each.field)));
      },
      remove: (list, at, what) => {
        change((now) => removed(now, list, at, what));
        setProblems((now) => now.filter((each) => !within(each.field, list)));
      },
    },
    undo: () => change(undone),
    restart: (base) => {
      setState(begun(base));
      setProblems([]);
      setStatus({ kind: 'same' });
    },
    begin: (value) => change((now) => ({ ...now, past: [...now.past, now.value], value, last: null })),
    refuse: (found) => {
      setProblems(found);
      setStatus({ kind: 'refused' });
    },
  };
}

/** The fields, what is wrong with them, and the bar that saves. */
export function FormFrame<T>({
  editor,
  isNew,
  saveText,
  onSaved,
  onReload,
  history,
  more,
  children,
}: {
  editor: Editor<T>;
  isNew?: boolean;
  saveText?: string;
  onSaved?: (id: number) => void;
  /** Reads what is in force now. */
  onReload: () => Promise<T | undefined>;
  /** Where its history stands, on a screen that is no section of the settings. */
  history?: string | undefined;
  more?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useLingui();
  const { state, form, status, dirty } = editor;
  const frame = useRef<HTMLFormElement>(null);
  const leaving = useRef(false);
  const blocked = useBlocker({
    shouldBlockFn: () => !leaving.current && dirty,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  const save = async (over = false) => {
    const id = await editor.save(over);
    if (id === null) return false;
    leaving.current = true;
    onSaved?.(id);
    setTimeout(() => {
      leaving.current = false;
    }, 0);
    return true;
  };
  const keys = useRef<(event: KeyboardEvent) => void>(() => {});
  keys.current = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (!frame.current?.checkVisibility() || document.querySelector('.overlay')) return;
    const key = event.key.toLowerCase();
    const typing = (event.target as HTMLElement).closest('input:not([type=checkbox]), textarea');
    if (key === 's') {
      event.preventDefault();
      if (dirty || isNew) void save();
    } else if (key === 'z' && !typing && state.past.length) {
      event.preventDefault();
      editor.undo();
    }
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => keys.current(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
  const reload = async () => {
    try {
      const found = await onReload();
      if (found !== undefined) editor.restart(found);
    } catch {
      tell(NO_ANSWER);
    }
  };
  return (
    <FormContext value={form}>
      <ProblemsContext value={editor.problems}>
        <form
          ref={frame}
          className="setting-form"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
          noValidate
        >
          <Summary problems={editor.problems} frame={frame} />
          {children}
          <div className="form-bar" data-testid="form-bar" data-state={dirty ? 'dirty' : status.kind}>
            {status.kind === 'conflict' ? (
              <div role="alert" className="form-conflict">
                <span>{t`Mezitím to uložil někdo jiný. Co s vašimi změnami?`}</span>
                <Button onPress={() => void reload()} testId="reload">{t`Zahodit je a načíst nové`}</Button>
                <Button tone="bad" onPress={() => void save(true)} testId="save-mine">{t`Uložit moje`}</Button>
              </div>
            ) : (
              <>
                <Button
                  type="submit"
                  tone="primary"
                  icon="check"
                  pending={status.kind === 'saving'}
                  isDisabled={!dirty && !isNew}
                  hint="Ctrl+S"
                  testId="save"
                >
                  {saveText ?? (isNew ? t`Založit` : t`Uložit`)}
                </Button>
                <Button
                  icon="undo"
                  hint="Ctrl+Z"
                  isDisabled={!state.past.length}
                  onPress={editor.undo}
                  testId="undo"
                >{t`Vrátit`}</Button>
                {dirty && !isNew && (
                  <Button tone="plain" onPress={() => editor.restart(state.base)}>{t`Zahodit změny`}</Button>
                )}
                {more}
                {!isNew && <HistoryLink here {...(history ? { of: history } : {})} />}
                <span className="small quiet" role="status" data-testid="form-status">
                  <StatusWords editor={editor} />
                </span>
              </>
            )}
          </div>
        </form>
      </ProblemsContext>
      {blocked.status === 'blocked' && (
        <Leaving
          onStay={blocked.reset}
          onDrop={blocked.proceed}
          onSave={async () => {
            const saved = await editor.save();
            if (saved === null) blocked.reset();
            else blocked.proceed();
          }}
        />
      )}
    </FormContext>
  );
}

function StatusWords<T>({ editor }: { editor: Editor<T> }) {
  const { t } = useLingui();
  const { state, status, dirty } = editor;
  const what = state.removed;
  if (what !== null) return t`Odebráno: ${what}. Vrátíte to tlačítkem Vrátit.`;
  const at = status.kind === 'saved' ? time(status.at) : '';
  if (status.kind === 'saving') return t`Ukládá se…`;
  if (status.kind === 'refused') return t`Neuloženo, opravte prosím označená pole.`;
  if (status.kind === 'waiting') return t`Server neodpověděl, neuloženo.`;
  if (dirty) return t`Neuložené změny`;
  return status.kind === 'saved' ? t`Uloženo v ${at}, platí hned.` : '';
}

function Leaving({ onStay, onDrop, onSave }: { onStay: () => void; onDrop: () => void; onSave: () => Promise<void> }) {
  const { t } = useLingui();
  return (
    <ModalOverlay className="overlay" isOpen onOpenChange={(open) => !open && onStay()}>
      <Modal>
        <Dialog className="dialog leaving" role="alertdialog" data-testid="leaving">
          <Heading slot="title" level={2}>{t`Máte neuložené změny`}</Heading>
          <p>{t`Než odejdete, uložte je, nebo je zahoďte.`}</p>
          <div className="form-row">
            <Button tone="primary" icon="check" autoFocus onPress={() => void onSave()}>{t`Uložit a odejít`}</Button>
            <Button onPress={onStay} testId="stay">{t`Zůstat tady`}</Button>
            <Button tone="bad" onPress={onDrop} testId="drop">{t`Zahodit`}</Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
