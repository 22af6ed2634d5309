import { type ReactNode, useRef, useState } from 'react';
import { Menu, Popover } from 'react-aria-components';

/**
 * A button with a menu of which nothing exists until it is opened: a table may have hundreds of them and stay quick.
 * `children` is what the button shows, `menu` the menu's sections.
 */
export function MenuButton({
  label,
  testId,
  className = 'button plain icon-only',
  onAction,
  onOpen,
  menu,
  children,
}: {
  label: string;
  testId: string;
  className?: string;
  onAction: (key: string) => void;
  onOpen?: () => void;
  menu: () => ReactNode;
  children: ReactNode;
}) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        data-testid={testId}
        onClick={() => {
          onOpen?.();
          setOpen(true);
        }}
      >
        {children}
      </button>
      {open && (
        <Popover className="popover" triggerRef={button} isOpen onOpenChange={setOpen} placement="bottom end">
          <Menu
            aria-label={label}
            autoFocus="first"
            onAction={(key) => onAction(String(key))}
            onClose={() => setOpen(false)}
          >
            {menu()}
          </Menu>
        </Popover>
      )}
    </>
  );
}
