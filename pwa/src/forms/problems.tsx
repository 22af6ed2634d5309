/** What the server found wrong, shown at the field that it names. */
import { useLingui } from '@lingui/react/macro';
import { createContext, useContext } from 'react';
import type { SettingProblemKind } from '../gql/graphql';
import { SETTING_PROBLEMS } from '../words/settings';
import { type Path, within } from './path';

export interface Problem {
  field: Path;
  kind: SettingProblemKind;
}

export interface Bounds {
  min: number;
  max: number;
}

export const ProblemsContext = createContext<readonly Problem[]>([]);

/** Of this field; `whole`: also of what is inside of it. */
export function useProblems(path: Path, whole = false): readonly Problem[] {
  return useContext(ProblemsContext).filter((each) => each.field === path || (whole && within(each.field, path)));
}

/** In words, under the field. */
export function Wrong({
  id,
  path,
  whole,
  bounds,
}: {
  id?: string | undefined;
  path: Path;
  whole?: boolean;
  bounds?: Bounds | undefined;
}) {
  const { i18n, t } = useLingui();
  const found = useProblems(path, whole);
  if (!found.length) return null;
  const words = new Set(
    found.map(({ kind }) =>
      kind === 'OUT_OF_RANGE' && bounds
        ? t`Zadejte číslo od ${bounds.min} do ${bounds.max}.`
        : i18n._(SETTING_PROBLEMS[kind]),
    ),
  );
  return (
    <span id={id} className="small error" data-testid="wrong">
      {[...words].join(' ')}
    </span>
  );
}
