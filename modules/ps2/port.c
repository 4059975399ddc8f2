// SPDX-License-Identifier: MIT
/*
 * Commands to a device. One byte goes out, the device acknowledges it (or asks for it again), then its answer comes; all of that
 * arrives by interrupt and is told apart from input by port->expecting.
 */
#include "ps2.h"

#define RESENDS	3

static void begin(struct ps2_port *port, u8 *answer, u8 wanted)
{
	port->answer = answer;
	port->wanted = wanted;
	port->acked = false;
	port->result = 0;
	port->expecting = true;
}

static int try_command(struct ps2_port *port, u8 byte, u8 *answer, u8 wanted, u32 timeout_ms)
{
	u64 flags;
	int error;

	reinit_completion(&port->answered);
	flags = spin_lock_save(&port->controller->lock);
	begin(port, answer, wanted);
	error = ps2_send(port, byte);
	spin_unlock_restore(&port->controller->lock, flags);
	if (!error)
		error = completion_wait(&port->answered, timeout_ms);
	flags = spin_lock_save(&port->controller->lock);
	port->expecting = false;
	port->answer = NULL;
	if (!error)
		error = port->result;
	spin_unlock_restore(&port->controller->lock, flags);
	return error;
}

int ps2_command(struct ps2_port *port, u8 byte, u8 *answer, u8 wanted, u32 timeout_ms)
{
	int error = -EIO;

	mutex_lock(&port->command_lock);
	for (int i = 0; error == -EIO && i < RESENDS; i++)
		error = try_command(port, byte, answer, wanted, timeout_ms);
	mutex_unlock(&port->command_lock);
	return error;
}

/* True when the byte belongs to the command that waits. lock held. */
static bool take_answer(struct ps2_port *port, u8 byte, bool *finished)
{
	if (!port->expecting)
		return false;
	if (!port->acked) {
		if (byte != ANSWER_ACK && byte != ANSWER_RESEND)
			return false;
		port->acked = byte == ANSWER_ACK;
		port->result = port->acked ? 0 : -EIO;
		*finished = !port->acked || !port->wanted;
	} else {
		*port->answer++ = byte;
		*finished = !--port->wanted;
	}
	if (*finished)
		port->expecting = false;
	return true;
}

void ps2_received(struct ps2_port *port, u8 byte)
{
	u64 flags = spin_lock_save(&port->controller->lock);
	bool finished = false, taken = take_answer(port, byte, &finished);

	spin_unlock_restore(&port->controller->lock, flags);
	if (finished)
		complete(&port->answered);
	if (!taken && port->receive && port->input)
		port->receive(port, byte);
}
