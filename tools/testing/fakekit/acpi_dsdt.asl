/* SPDX-License-Identifier: MIT */
/* What the firmware of acpi_model.c says; iasl compiles it when the test is built. */
DefinitionBlock ("", "DSDT", 2, "MORTIS", "FAKEKIT ", 1)
{
    Name (\_S5, Package () { 5, 6, 0, 0 })

    /* The model's own registers: what methods were told, and where links lead. */
    OperationRegion (TOLD, SystemIO, 0x0700, 0x10)
    Field (TOLD, ByteAcc, NoLock, Preserve)
    {
        PTSV, 8,
        PICV, 8,
        SRSA, 8,
        SRSB, 8,
        SRSE, 8,
        RUNS, 8
    }
    OperationRegion (MEMO, SystemMemory, 0x000E0000, 0x10)
    Field (MEMO, DWordAcc, NoLock, Preserve)
    {
        MEMV, 32
    }

    Method (\_PIC, 1) { PICV = Arg0 }
    Method (\_PTS, 1) { PTSV = Arg0  MEMV = 0x600D }

    Scope (\_SB)
    {
        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A03"))
            Name (_BBN, 0)
            Name (_PRT, Package ()
            {
                Package () { 0x0001FFFF, 0, 0, 20 },
                Package () { 0x0001FFFF, 3, 0, 23 },
                Package () { 0x0002FFFF, 0, \_SB.LINA, 0 },
                Package () { 0x0002FFFF, 1, \_SB.LINB, 0 },
                Package () { 0x0002FFFF, 2, \_SB.LINE, 0 },
                Package () { 0x0002FFFF, 3, \_SB.LINN, 0 }
            })
            /* A bridge whose table takes its time. */
            Device (BRG0)
            {
                Name (_ADR, 0x00030000)
                Method (_PRT, 0, Serialized)
                {
                    RUNS++
                    Sleep (20)
                    Return (Package () { Package () { 0x0004FFFF, 1, 0, 30 } })
                }
            }
            /* No bridge stands there. */
            Device (NONE) { Name (_ADR, 0x00050000) }
        }
        Device (PCI1)
        {
            Name (_HID, EisaId ("PNP0A03"))
            Name (_UID, 1)
            Name (_SEG, 1)
            Name (_BBN, 0x40)
            Name (_PRT, Package () { Package () { 0x0001FFFF, 0, 0, 40 } })
        }

        /* Connected already, to a place where it may lead. */
        Device (LINA)
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 1)
            Name (_PRS, ResourceTemplate () { IRQ (Level, ActiveLow, Shared) { 5, 10, 11 } })
            Name (_CRS, ResourceTemplate () { IRQ (Level, ActiveLow, Shared) { 10 } })
            Method (_SRS, 1) { SRSA = 0xFF }
            Method (_DIS) { }
        }
        /* Leads nowhere until it is set. */
        Device (LINB)
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 2)
            Name (_PRS, ResourceTemplate () { IRQ (Edge, ActiveHigh, Exclusive) { 5, 7 } })
            Name (BUFB, ResourceTemplate () { IRQ (Edge, ActiveHigh, Exclusive) { } })
            Method (_CRS) { Return (BUFB) }
            Method (_SRS, 1)
            {
                CreateByteField (Arg0, 1, MASK)
                SRSB = MASK
                BUFB = Arg0
            }
            Method (_DIS) { }
        }
        /* Beyond ISA; says that it leads to where it may not. */
        Device (LINE)
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 3)
            Name (_PRS, ResourceTemplate () { Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) { 40, 41 } })
            Name (_CRS, ResourceTemplate () { Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) { 99 } })
            Method (_SRS, 1)
            {
                CreateByteField (Arg0, 5, GSIN)
                SRSE = GSIN
                _CRS = Arg0
            }
            Method (_DIS) { }
        }
        /* Cannot be connected. */
        Device (LINN)
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 4)
            Method (_DIS) { }
        }

        Device (PWRB) { Name (_HID, EisaId ("PNP0C0C")) }
    }

    Scope (\_GPE)
    {
        Method (_L02) { Notify (\_SB.PWRB, 0x80) }
        Method (_E03) { Notify (\_SB.PWRB, 0x02) }
    }
}
