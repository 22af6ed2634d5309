/** Skills with their least levels, and the steps by which more people are asked. */
import { useLingui } from '@lingui/react/macro';
import { ChoiceField, ManyField, NumberField } from '../forms/controls';
import { join, type Path } from '../forms/path';
import { Wrong } from '../forms/problems';
import type { SkillStep } from '../menus/model/flow';
import { useParts } from '../menus/parts';
import { Button } from '../ui/Button';

type Skills = readonly (readonly [number, number])[];

export function SkillList({
  path,
  label,
  skills,
  onChange,
}: {
  path: Path;
  label: string;
  skills: Skills;
  onChange: (skills: Skills) => void;
}) {
  const { t } = useLingui();
  const known = useParts().skills;
  const free = known.filter((each) => !skills.some(([id]) => id === each.id));
  if (!known.length && !skills.length) return null;
  return (
    <fieldset className="wide rows" data-field={path}>
      <legend>{label}</legend>
      <ul>
        {skills.map(([skill, level], n) => (
          <li key={skill} className="rows-item">
            <div className="rows-fields">
              <ChoiceField
                path={join(path, n)}
                label={t`Dovednost`}
                choices={known.filter((each) => each.id === skill || free.includes(each))}
                value={skill}
                onChange={(id) => onChange(skills.map((each, i) => (i === n ? [id, level] : each)))}
              />
              <NumberField
                path={join(path, n, 'level')}
                label={t`Nejnižší úroveň`}
                value={level}
                min={1}
                max={100}
                onChange={(made) => onChange(skills.map((each, i) => (i === n ? [skill, made] : each)))}
              />
            </div>
            <Button
              tone="plain"
              icon="trash"
              iconOnly
              onPress={() => onChange(skills.filter((_, i) => i !== n))}
            >{t`Odebrat dovednost`}</Button>
          </li>
        ))}
      </ul>
      {free[0] && (
        <Button
          icon="plus"
          onPress={() => free[0] && onChange([...skills, [free[0].id, 1]])}
        >{t`Přidat dovednost`}</Button>
      )}
      {!skills.length && <span className="small quiet">{t`Žádná, stačí kdokoli.`}</span>}
    </fieldset>
  );
}

export function SkillSteps({
  path,
  steps,
  onChange,
}: {
  path: Path;
  steps: readonly SkillStep[];
  onChange: (steps: readonly SkillStep[]) => void;
}) {
  const { t } = useLingui();
  const { groups, skills } = useParts();
  if (!groups.length && !skills.length && !steps.length) return null;
  const put = (n: number, step: SkillStep) => onChange(steps.map((each, i) => (i === n ? step : each)));
  return (
    <fieldset className="wide rows" data-field={path}>
      <legend>{t`Koho oslovit postupně`}</legend>
      <ol>
        {steps.map((step, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name
          <li key={n} className="rows-item">
            <div className="rows-fields">
              <NumberField
                path={join(path, n, 'after_s')}
                label={t`Po kolika sekundách`}
                value={step.after_s}
                min={0}
                max={86_400}
                unit="s"
                onChange={(after_s) => put(n, { ...step, after_s })}
              />
              <SkillList
                path={join(path, n, 'skills')}
                label={t`Stačí dovednosti`}
                skills={step.skills}
                onChange={(made) => put(n, { ...step, skills: made })}
              />
              {groups.length > 0 && (
                <ManyField
                  path={join(path, n, 'groups')}
                  label={t`I skupinám`}
                  choices={groups}
                  value={step.groups}
                  onChange={(made) => put(n, { ...step, groups: made })}
                />
              )}
            </div>
            <Button
              tone="plain"
              icon="trash"
              iconOnly
              onPress={() => onChange(steps.filter((_, i) => i !== n))}
            >{t`Odebrat krok`}</Button>
          </li>
        ))}
      </ol>
      <Button
        icon="plus"
        onPress={() => {
          const after_s = steps.length ? (steps.at(-1)?.after_s ?? 0) + 30 : 0;
          onChange([...steps, { after_s, skills: [], groups: groups[0] ? [groups[0].id] : [] }]);
        }}
      >{t`Přidat krok`}</Button>
      <Wrong path={path} />
    </fieldset>
  );
}
