/** A group of the directory: found by a part of its name, kept by its identifier, which stays when it is renamed. */
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../api/client';
import { join, type Path } from '../forms/path';
import { Wrong } from '../forms/problems';
import { DirectoryGroupsDocument, type DirectoryGroupsQuery } from '../gql/graphql';
import { Button } from '../ui/Button';
import { useAt } from './form';

type Found = NonNullable<DirectoryGroupsQuery['directoryGroups']>;

export function DirectoryGroup({ at, label }: { at: Path; label: string }) {
  const { t } = useLingui();
  const [sid, setSid] = useAt<string>(join(at, 'sid'));
  const [name, setName] = useAt<string>(join(at, 'name'));
  const [typed, setTyped] = useState('');
  const [found, setFound] = useState<Found | 'away' | null>(null);
  const search = async () => {
    try {
      setFound((await execute(DirectoryGroupsDocument, { text: typed })).directoryGroups ?? 'away');
    } catch {
      setFound('away');
    }
  };
  return (
    <fieldset className="field wide directory-group" data-field={join(at, 'sid')}>
      <legend>{label}</legend>
      {sid && (
        <p>
          <strong>{name || sid}</strong> <span className="small quiet">{sid}</span>
        </p>
      )}
      <div className="form-row">
        <input
          className="input"
          aria-label={t`Část názvu skupiny`}
          placeholder={t`část názvu`}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            void search();
          }}
        />
        <Button icon="search" onPress={() => void search()} testId="find-group">{t`Najít v adresáři`}</Button>
      </div>
      <Wrong path={join(at, 'sid')} />
      <div role="status">
        {found === 'away' && (
          <p className="small error">{t`Adresář neodpovídá. Uložte nejdřív připojení a vyzkoušejte ho.`}</p>
        )}
        {Array.isArray(found) && !found.length && <p className="small quiet">{t`Žádná taková skupina tam není.`}</p>}
        {Array.isArray(found) && found.length > 0 && (
          <ul className="found-groups">
            {found.map((each) => (
              <li key={each.sid}>
                <Button
                  tone="plain"
                  onPress={() => {
                    setSid(each.sid);
                    setName(each.name);
                    setFound(null);
                    setTyped('');
                  }}
                >
                  {each.name}
                </Button>
                <span className="small quiet">{each.dn}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </fieldset>
  );
}
