/* SPDX-License-Identifier: MIT */
/* drivers: modules/hello */
#include <kit/errno.h>
#include "fakekit.h"

FAKE_TEST(it_greets)
{
	EXPECT_EQ(fake_param("whom", "tester"), 0);
	EXPECT_EQ(fake_param("times", "2"), 0);
	EXPECT_EQ(fake_load(), 0);
	EXPECT(fake_logged("hello, tester\nhello, tester\n"));
	fake_unload();
	EXPECT(fake_logged("goodbye, tester"));
}

FAKE_TEST(it_refuses_numbers)
{
	EXPECT_EQ(fake_param("times", "11"), 0);
	EXPECT_EQ(fake_load(), -EINVAL);
	EXPECT_EQ(fake_param("times", "0"), 0);
	EXPECT_EQ(fake_load(), -EINVAL);
	EXPECT_EQ(fake_param("tims", "1"), -ENOENT);
}
