import { describe, expect, it } from 'vitest';
import { ALERT_ICONS, ALERTS, alertLook } from './floor';

describe('what an alert looks like', () => {
  it('has the words and the icon of its kind', () => {
    expect(alertLook('HOLD')).toEqual({ name: ALERTS.HOLD, icon: ALERT_ICONS.HOLD });
  });

  it('of a kind that only a newer version of the server knows, it is an alert all the same', () => {
    const look = alertLook('EARTHQUAKE');
    expect(look.name.message).toBe('Upozornění');
    expect(look.icon).toBe('warn');
  });
});
