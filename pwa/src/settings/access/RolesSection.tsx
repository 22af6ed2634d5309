/** Roles as a grid of actions and scopes. Built-in ones are looked at; a copy of one is an own role that can be changed. */
import './access.css';
import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { execute } from '../../api/client';
import { RemoveRoleDocument, SaveRoleDocument, type Scope } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { ACTIONS, roleName, SCOPES } from '../../words/access';
import { Sections } from '../Fields';
import { FormFrame, useAt, useEditor } from '../form';
import { Gone, Panes } from '../sections/Panes';
import { useOpenNew, useRemove } from '../sections/StoredForm';
import { type AccessData, loadAccess, type Permissions, type Role, type RoleBody } from './data';
import { ROLE_NAME } from './forms';

const COLUMNS: readonly Scope[] = ['OWN', 'GROUPS', 'QUEUES', 'EVERYTHING'];

export function RolesSection({ access, item }: { access: AccessData; item: string | undefined }) {
  const { t } = useLingui();
  const copied = item?.startsWith('copy-') ? item.slice(5) : null;
  const known = access.roles.find((each) => each.key === (copied ?? item));
  const lines = access.roles.map((role) => {
    const count = access.users.filter((user) => user.body.active && user.body.roles.includes(role.key)).length;
    const users = plural(count, { one: '# účet', few: '# účty', other: '# účtů' });
    return {
      id: role.key,
      name: roleName(role.key, access.roles),
      about: role.id === null ? t`vestavěná · ${users}` : t`vlastní · ${users}`,
    };
  });
  const start: RoleBody = known
    ? {
        name: copied ? t`${roleName(known.key, access.roles)} – kopie` : (known.name ?? ''),
        permissions: known.permissions,
      }
    : { name: '', permissions: [] };
  return (
    <Panes
      section="roles"
      lines={lines}
      item={item}
      title={t`Role`}
      add={t`Nová role`}
      empty=""
      choose={t`Role je sada práv. Vestavěné se nemění, ale dá se z nich udělat kopie.`}
    >
      {item !== 'new' && !known ? (
        <Gone />
      ) : known && known.id === null && !copied ? (
        <BuiltIn role={known} access={access} />
      ) : (
        <RoleForm key={item} role={copied || item === 'new' ? null : (known ?? null)} start={start} access={access} />
      )}
    </Panes>
  );
}

function BuiltIn({ role, access }: { role: Role; access: AccessData }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  return (
    <section className="panel" aria-label={roleName(role.key, access.roles)}>
      <header>
        <h2>{roleName(role.key, access.roles)}</h2>
        <Button
          icon="plus"
          testId="copy-role"
          onPress={() =>
            void navigate({ to: '/settings/$section/$item', params: { section: 'roles', item: `copy-${role.key}` } })
          }
        >{t`Udělat kopii`}</Button>
      </header>
      <Grid access={access} permissions={role.permissions} />
    </section>
  );
}

function RoleForm({ role, start, access }: { role: Role | null; start: RoleBody; access: AccessData }) {
  const { t } = useLingui();
  const id = role?.id ?? null;
  const editor = useEditor<RoleBody>(
    start,
    (body, base) => execute(SaveRoleDocument, { body, id, base: id === null ? null : base }),
    undefined,
    loadAccess,
  );
  const openNew = useOpenNew('roles', loadAccess);
  const send = async () => {
    if (id === null) return null;
    const { saved } = await execute(RemoveRoleDocument, { id });
    return saved.__typename === 'Refused' ? saved.code : null;
  };
  const remove = useRemove('roles', send, loadAccess);
  const used = role ? access.users.some((user) => user.body.roles.includes(role.key)) : false;
  return (
    <FormFrame
      editor={editor}
      isNew={id === null}
      onSaved={(saved) => {
        if (id === null) openNew(String(saved));
      }}
      onReload={async () => {
        const found = (await loadAccess()).roles.find((each) => each.id === id);
        return found ? { name: found.name ?? '', permissions: found.permissions } : undefined;
      }}
      more={
        id !== null && (
          <Button
            tone="plain"
            icon="trash"
            isDisabled={used}
            hint={used ? t`Někdo ji má` : null}
            onPress={() => void remove()}
          >
            {t`Smazat roli`}
          </Button>
        )
      }
    >
      <Sections sections={ROLE_NAME} />
      <section className="panel" aria-label={t`Práva`}>
        <header>
          <h2>{t`Práva`}</h2>
        </header>
        <Edited access={access} />
      </section>
    </FormFrame>
  );
}

function Edited({ access }: { access: AccessData }) {
  const [permissions, set] = useAt<Permissions>('permissions');
  return <Grid access={access} permissions={permissions} onChange={set} />;
}

function Grid({
  access,
  permissions,
  onChange,
}: {
  access: AccessData;
  permissions: Permissions;
  onChange?: (made: Permissions) => void;
}) {
  const { i18n, t } = useLingui();
  const held = new Set(permissions.map(([action, scope]) => `${action}:${scope}`));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className="role-scroll" tabIndex={0} aria-label={t`Tabulka práv`}>
      <table className="role-grid" data-testid="role-grid">
        <thead>
          <tr>
            <th scope="col">{t`Co smí`}</th>
            {COLUMNS.map((scope) => (
              <th key={scope} scope="col">
                {i18n._(SCOPES[scope])}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {access.grid.map(({ action, scopes }) => (
            <tr key={action}>
              <th scope="row">{i18n._(ACTIONS[action])}</th>
              {COLUMNS.map((scope) => {
                const pair = [action.toLowerCase(), scope.toLowerCase()] as const;
                const key = pair.join(':');
                const label = `${i18n._(ACTIONS[action])}: ${i18n._(SCOPES[scope])}`;
                if (!scopes.includes(scope)) return <td key={scope} />;
                return (
                  <td key={scope}>
                    <input
                      type="checkbox"
                      aria-label={label}
                      checked={held.has(key)}
                      disabled={!onChange}
                      onChange={(event) =>
                        onChange?.(
                          event.target.checked
                            ? [...permissions, pair]
                            : permissions.filter(([a, s]) => `${a}:${s}` !== key),
                        )
                      }
                    />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
