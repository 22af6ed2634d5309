import { Trans, useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useId, useMemo, useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Icon, type IconName } from '../ui/Icon';
import { matches } from './model/outline';

export interface Option {
  id: string;
  group: string;
  name: string;
  what?: string;
  icon: IconName;
  family?: string;
}

/** Choose one thing by typing a few letters of it. */
export function Picker({
  title,
  options,
  onPick,
  onClose,
}: {
  title: string;
  options: readonly Option[];
  onPick: (id: string) => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const list = useId();
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const found = useMemo(
    () => options.filter((each) => matches(`${each.name} ${each.what ?? ''}`, words)),
    [options, words],
  );
  const chosen = found[Math.min(at, found.length - 1)];
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (move && found.length) {
      event.preventDefault();
      const next = at + move;
      const wrapped = Math.abs(move) === 1 ? (next + found.length) % found.length : next;
      const to = Math.max(0, Math.min(found.length - 1, wrapped));
      setAt(to);
      document.getElementById(`${list}-${found[to]?.id}`)?.scrollIntoView({ block: 'nearest' });
    }
    if (event.key === 'Enter' && chosen) {
      event.preventDefault();
      onPick(chosen.id);
    }
  };
  return (
    <ModalOverlay className="overlay" isOpen onOpenChange={(open) => !open && onClose()} isDismissable>
      <Modal className="picker-modal">
        <Dialog className="dialog picker" data-testid="picker">
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          <input
            className="input"
            role="combobox"
            aria-label={title}
            aria-expanded="true"
            aria-controls={list}
            aria-activedescendant={chosen ? `${list}-${chosen.id}` : undefined}
            placeholder={t`Pište a šipkami vyberte…`}
            autoFocus
            value={words}
            onChange={(event) => {
              setWords(event.target.value);
              setAt(0);
            }}
            onKeyDown={onKeyDown}
          />
          <div id={list} role="listbox" aria-label={title} className="picker-list">
            {found.map((option, n) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard is in the field above
              <div
                key={option.id}
                id={`${list}-${option.id}`}
                role="option"
                tabIndex={-1}
                aria-selected={option === chosen}
                className="picker-option"
                data-option={option.id}
                onClick={() => onPick(option.id)}
              >
                {found[n - 1]?.group !== option.group && <span className="menu-heading">{option.group}</span>}
                <span className="picker-row">
                  <span className={`step-icon family-${option.family ?? 'end'}`}>
                    <Icon name={option.icon} />
                  </span>
                  <span>
                    {option.name}
                    {option.what && <span className="small quiet picker-what">{option.what}</span>}
                  </span>
                </span>
              </div>
            ))}
          </div>
          {found.length === 0 && (
            <p className="quiet" role="status">
              <Trans>Nic takového tu není.</Trans>
            </p>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
