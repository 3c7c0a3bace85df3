/* Chooses how a product is computed: which kernel, and what BLAS is told of the memory. */
#include "product.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernels.h"

/* Is this `outer` runs of `inner` contiguous elements, at least `inner` apart? The stride
 * over a dimension of length 1 is never used, and NumPy leaves anything in it. */
static int runs(stride outer, stride inner, stride outer_step, stride inner_step, stride item,
                int *ld)
{
    if (inner > 1 && inner_step != item) {
        return 0;
    }
    if (outer <= 1) {
        *ld = (int)inner;
        return 1;
    }
    if (outer_step % item != 0 || outer_step < inner * item || outer_step / item > INT_MAX) {
        return 0;
    }
    *ld = (int)(outer_step / item);
    return 1;
}

static int matrix_layout(stride rows, stride cols, strides2 s, stride item, layout *found)
{
    found->transposed = 0;
    if (runs(rows, cols, s.row, s.col, item, &found->ld)) {
        return 1;
    }
    found->transposed = 1;
    return runs(cols, rows, s.col, s.row, item, &found->ld);
}

/* BLAS takes a vector with any increment but 0, on which it stops or misreads. */
static int vector_layout(stride length, stride *step, stride item)
{
    if (length <= 1) {
        *step = item;
    }
    const stride increment = *step / item;
    return *step % item == 0 && increment != 0 && increment <= INT_MAX && increment >= -INT_MAX;
}

static int is_tiny(stride n, stride k, stride m)
{
    return n <= TINY && k <= TINY && m <= TINY;
}

int product_can_write(enum element type, stride n, stride m, strides2 c)
{
    layout ignored;
    if (n > INT_MAX || m > INT_MAX) {
        return 1; /* product_prepare has the better error */
    }
    return matrix_layout(n, m, c, kernels[type].itemsize, &ignored);
}

static int make_copy(copied *copy, stride rows, stride cols, strides2 *strides, stride item)
{
    if (rows > PTRDIFF_MAX / item / cols) {
        return 0;
    }
    *copy = (copied){malloc((size_t)(rows * cols * item)), NULL, rows, cols, *strides};
    *strides = (strides2){cols * item, item};
    return copy->scratch != NULL;
}

static int prepare_matrix(stride rows, stride cols, strides2 *strides, stride item, layout *found,
                          copied *copy)
{
    if (matrix_layout(rows, cols, *strides, item, found)) {
        return 1;
    }
    *found = (layout){0, (int)cols};
    return make_copy(copy, rows, cols, strides, item);
}

/* A row for A, a column for B; `step` is the member of `strides` that runs along it. */
static int prepare_vector(stride length, strides2 *strides, stride *step, stride item, copied *copy)
{
    if (vector_layout(length, step, item)) {
        return 1;
    }
    *strides = (strides2){*step, *step};
    if (!make_copy(copy, length, 1, strides, item)) {
        return 0;
    }
    *step = item;
    return 1;
}

enum product_status product_prepare(product *p)
{
    const kernel_set *use = &kernels[p->type];
    const stride item = use->itemsize;
    if (is_tiny(p->n, p->k, p->m)) {
        p->kernel = use->tiny;
        return PRODUCT_OK;
    }
    if (p->n > INT_MAX || p->k > INT_MAX || p->m > INT_MAX) {
        return PRODUCT_BEYOND_BLAS;
    }
    matrix_layout(p->n, p->m, p->c, item, &p->c_layout);
    if (p->n > 1 && p->m > 1) {
        p->kernel = use->gemm;
    }
    else {
        p->kernel = p->n > 1   ? use->matrix_vector
                    : p->m > 1 ? use->vector_matrix
                               : use->vector_vector;
        vector_layout(p->n * p->m, p->m == 1 ? &p->c.row : &p->c.col, item);
    }
    const int a_ready =
        p->n > 1 ? prepare_matrix(p->n, p->k, &p->a, item, &p->a_layout, &p->a_copy)
                 : prepare_vector(p->k, &p->a, &p->a.col, item, &p->a_copy);
    const int b_ready =
        p->m > 1 ? prepare_matrix(p->k, p->m, &p->b, item, &p->b_layout, &p->b_copy)
                 : prepare_vector(p->k, &p->b, &p->b.row, item, &p->b_copy);
    return a_ready && b_ready ? PRODUCT_OK : PRODUCT_NO_MEMORY;
}

static const char *refreshed(enum element type, copied *copy, const char *from)
{
    if (copy->scratch == NULL) {
        return from;
    }
    if (copy->from != from) {
        kernels[type].copy(copy->scratch, from, copy->rows, copy->cols, copy->strides);
        copy->from = from;
    }
    return copy->scratch;
}

void product_run(product *p, const char *a, const char *b, char *c)
{
    p->kernel(p, refreshed(p->type, &p->a_copy, a), refreshed(p->type, &p->b_copy, b), c);
}

void product_free(product *p)
{
    free(p->a_copy.scratch);
    free(p->b_copy.scratch);
}
