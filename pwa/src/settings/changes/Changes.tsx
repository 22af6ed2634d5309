/** Objects of a change with their differences. */
import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import type { ChangeFragment } from '../../gql/graphql';
import { FORMS, KINDS, placeOf } from './places';
import { named, values } from './write';

export function Changes({ objects }: { objects: readonly ChangeFragment[] }) {
  return (
    <ul className="change-objects">
      {objects.map((object) => (
        <li key={`${object.kind} ${object.id}`} data-testid="changed">
          <One object={object} />
        </li>
      ))}
    </ul>
  );
}

function One({ object }: { object: ChangeFragment }) {
  const { i18n, t } = useLingui();
  const form = object.kind === 'settings' ? FORMS[object.name] : undefined;
  const kind = KINDS[object.kind];
  const what = form ? i18n._(form) : kind ? i18n._(kind) : object.kind;
  const place = object.removed ? null : placeOf(object.kind, object.id, object.name);
  const title = form ? (
    <strong>{what}</strong>
  ) : (
    <>
      <span className="quiet">{what}</span> <strong>{object.name}</strong>
    </>
  );
  const state = object.made ? t`založeno` : object.removed ? t`odebráno` : null;
  const count = plural(object.differences.length, { one: '# údaj', few: '# údaje', other: '# údajů' });
  const table = <Differences object={object} />;
  return (
    <>
      <p className="change-object">
        {title}
        {state && <span className={object.removed ? 'state tone-bad' : 'state tone-ready'}>{state}</span>}
        {place &&
          (place.item === undefined ? (
            <Link to="/settings/$section" params={{ section: place.section }}>{t`otevřít`}</Link>
          ) : (
            <Link
              to="/settings/$section/$item"
              params={{ section: place.section, item: place.item }}
            >{t`otevřít`}</Link>
          ))}
      </p>
      {state ? (
        <details>
          <summary className="small quiet">{count}</summary>
          {table}
        </details>
      ) : (
        table
      )}
    </>
  );
}

function Differences({ object }: { object: ChangeFragment }) {
  const { t } = useLingui();
  return (
    <table className="values change-values">
      <thead>
        <tr>
          <th scope="col">{t`Údaj`}</th>
          <th scope="col">{t`Před`}</th>
          <th scope="col">{t`Po`}</th>
        </tr>
      </thead>
      <tbody>
        {object.differences.map((each) => {
          const { label, field } = named(object.kind, object.name, each.field);
          const [before, after] = values(each.before, each.after, field);
          return (
            <tr key={each.field} data-field={each.field}>
              <th scope="row">{label}</th>
              <td>
                <del>{before}</del>
              </td>
              <td>
                <ins>{after}</ins>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
